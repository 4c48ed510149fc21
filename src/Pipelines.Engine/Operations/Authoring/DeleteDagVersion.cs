using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>Forgets a version that no run has used.</summary>
public sealed class DeleteDagVersion(Database database, TimeProvider time)
{
    /// <exception cref="OperationException">No such version, or runs need it.</exception>
    public Task ExecuteAsync(long versionId, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var version = await DagVersionTable.FindAsync(tx, versionId) ?? throw new OperationException(RefusalKind.NotFound, "There is no such version. Reload the page.");
        if (!await DagVersionTable.DeleteAsync(tx, versionId))
            throw new OperationException(RefusalKind.Conflict, $"Version {version.VersionNumber} of DAG '{version.DagId}' is the one in use, or runs were made with it and need it to be shown. It stays.");
        await EventLogTable.AddAsync(tx, new Event("delete_dag_version", actor.Name) { DagId = version.DagId, Extra = $"version {version.VersionNumber}" }, time.GetUtcNow());
        await tx.NotifyAsync(Topic.DagChanged, version.DagId);
    }, cancellation);
}
