using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The secrets that an attempt has seen so far; they are masked in everything that people can read. Safe for concurrent use.</summary>
internal sealed class SeenSecrets
{
    private readonly Lock _adding = new();
    private volatile SecretMask _mask = SecretMask.Empty;

    /// <summary>Masks a connection's secrets from now on.</summary>
    public void Add(Connection connection)
    {
        lock (_adding) _mask = _mask.With(connection);
    }

    /// <summary>Masks what a run was given under sensitive names from now on.</summary>
    public void Add(JsonObject conf)
    {
        lock (_adding) _mask = _mask.With(conf);
    }

    /// <summary>Masks a text from now on.</summary>
    public void Add(string? secret)
    {
        lock (_adding) _mask = _mask.With(secret);
    }

    /// <summary>Finds a connection, of the worker's environment or else of the database, and masks its secrets from now on; null: there is none.</summary>
    /// <exception cref="TaskFailure">The environment holds something else under its name (not retryable).</exception>
    public async Task<Connection?> FindConnectionAsync(Database database, string connectionId, TimeProvider time, CancellationToken cancellation)
    {
        var connection = WorkerEnvironment.Connection(connectionId) ?? await database.PatientlyAsync(tx => ConnectionTable.FindAsync(tx, connectionId), time, cancellation);
        if (connection is not null) Add(connection);
        return connection;
    }

    /// <summary>As <see cref="FindConnectionAsync"/>, of one that must be there.</summary>
    /// <exception cref="TaskFailure">There is none, or the environment holds something else under its name (not retryable).</exception>
    public async Task<Connection> ReadConnectionAsync(Database database, string connectionId, TimeProvider time, CancellationToken cancellation) =>
        await FindConnectionAsync(database, connectionId, time, cancellation)
            ?? throw new TaskFailure(
                $"Connection '{connectionId}' does not exist. Add it with 'pipelines connections add {connectionId} …', or name another one in the task's inputs.",
                retryable: false);

    /// <summary>The text without secrets.</summary>
    public string Apply(string text) => _mask.Apply(text);
}
