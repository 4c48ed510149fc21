using Pipelines.Engine.Telemetry;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Processes;
using Pipelines.Storage.Secrets;

namespace Pipelines.Engine.Operations;

/// <summary>Stores every secret anew with the first Fernet key, so that the others are needed no more.</summary>
public sealed class RotateFernetKey(Database database, TimeProvider time)
{
    /// <summary>All or none.</summary>
    /// <param name="dropUnreadable">True: connections and variables that no key reads are deleted; false: they are a reason to refuse.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="cancellation">Nothing is changed.</param>
    /// <exception cref="OperationException">Something cannot be read.</exception>
    public Task<RotatedSecrets> ExecuteAsync(bool dropUnreadable, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        await SecretCheckTable.RenewAsync(tx);
        var connections = await ConnectionTable.LockAllAsync(tx);
        var variables = await VariableTable.LockAllAsync(tx);
        var lost = connections.Where(row => row.Connection is null).Select(row => $"connection '{row.ConnId}'")
            .Concat(variables.Where(row => row.Variable is null).Select(row => $"variable '{row.Key}'")).ToList();
        if (lost.Count > 0 && !dropUnreadable)
            throw new OperationException(RefusalKind.Conflict, $"No key of PIPELINES_FERNET_KEY reads {string.Join(", ", lost)}; nothing was changed. Add the key that they were stored with (with commas between, the newest first), or delete them with --drop-unreadable.");
        foreach (var (connId, connection) in connections)
            await (connection is null ? ConnectionTable.DeleteAsync(tx, connId) : ConnectionTable.PutAsync(tx, connection));
        foreach (var (key, variable) in variables)
            await (variable is null ? VariableTable.DeleteAsync(tx, key) : VariableTable.PutAsync(tx, key, variable.Value, variable.Description));
        await EventLogTable.AddAsync(tx, new Event("rotate_fernet_key", actor.Name) { Extra = lost.Count == 0 ? null : $"dropped {string.Join(", ", lost)}" }, time.GetUtcNow());
        var running = await JobTable.AliveAsync(tx, time.GetUtcNow() - Workload.AliveWithin);
        return new RotatedSecrets(
            connections.Count(row => row.Connection is not null),
            variables.Count(row => row.Variable is not null),
            lost,
            [.. running.Select(job => $"{job.JobType} on {job.Hostname} (process {job.Pid})")]);
    }, cancellation);
}

/// <summary>What a rotation did.</summary>
/// <param name="Connections">Stored anew.</param>
/// <param name="Variables">Stored anew.</param>
/// <param name="Dropped">Deleted, as words.</param>
/// <param name="Running">The processes that are alive, as words. Which keys they were started with only they know.</param>
public sealed record RotatedSecrets(int Connections, int Variables, IReadOnlyList<string> Dropped, IReadOnlyList<string> Running);
