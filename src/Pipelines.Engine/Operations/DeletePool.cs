using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>Deletes a pool that nothing uses: a task whose pool is gone would never start.</summary>
public sealed class DeletePool(Database database, TimeProvider time)
{
    private const int MostNamed = 5;

    /// <exception cref="OperationException">There is none of this name, it is the default pool, or a task instance or DAG uses it.</exception>
    public Task ExecuteAsync(string name, Actor actor, CancellationToken cancellation)
    {
        if (name == Pool.Default)
            throw new OperationException(RefusalKind.Invalid, $"Pool '{name}' cannot be deleted: tasks that name no pool take their slots from it. 'pipelines pools set {name} SLOTS' changes how many it has.");
        return database.InTransactionAsync(async tx =>
        {
            await RefuseUsedAsync(tx, name);
            if (!await PoolTable.DeleteAsync(tx, name))
                throw new OperationException(RefusalKind.NotFound, $"There is no pool '{name}'. 'pipelines pools list' shows them.");
            await EventLogTable.AddAsync(tx, new Event("delete_pool", actor.Name) { Extra = name }, time.GetUtcNow());
            await tx.NotifyAsync(Topic.DagChanged, "");
        }, cancellation);
    }

    private static async Task RefuseUsedAsync(Transaction tx, string name)
    {
        if (await PoolTable.FindUseAsync(tx, name) is { } use)
        {
            throw new OperationException(RefusalKind.Conflict,
                $"Pool '{name}' is in use: '{use.TaskId}' of run '{use.RunId}' of DAG '{use.DagId}'{(use.Unfinished == 1 ? " has" : $" and {use.Unfinished - 1} more have")} not ended. Wait for the end or mark what is left.");
        }

        var users = (await PoolTable.NamedByAsync(tx, name)).Select(dagId => $"'{dagId}'").ToList();
        if (users.Count == 0) return;
        var named = string.Join(", ", users.Take(MostNamed)) + (users.Count > MostNamed ? $" and {users.Count - MostNamed} more" : "");
        throw new OperationException(RefusalKind.Conflict, $"Pool '{name}' is in use: tasks of DAG {named} name it. Give them another pool first.");
    }
}
