using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>Deletes a DAG's file and its draft. Its runs, logs and versions stay, and it comes back with its file.</summary>
public sealed class DeleteDag(Database database, DagFiles files, TimeProvider time)
{
    /// <exception cref="OperationException">No such DAG, a file that changed since it was read, or one that cannot be deleted.</exception>
    public Task ExecuteAsync(string dagId, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        await DagTable.LockFolderAsync(tx);
        var hadDraft = await DagDraftTable.DeleteAsync(tx, dagId);
        var dag = await DagTable.LockAsync(tx, dagId) is { IsStale: false } found ? found : null;
        if (dag is null && !hadDraft) throw new OperationException(RefusalKind.NotFound, $"There is no DAG '{dagId}'. Reload the page.");
        if (dag is not null) await RefuseChangedAsync(tx, dag, cancellation);
        if (dag is not null) await DagTable.SetStaleAsync(tx, dagId);
        await EventLogTable.AddAsync(tx, new Event("delete_dag", actor.Name) { DagId = dagId, Extra = dag?.FileName }, time.GetUtcNow());
        await tx.NotifyAsync(Topic.DagChanged, dagId);
        if (dag is not null) files.Delete(dag.FileName);
    }, cancellation);

    /// <summary>What nobody has seen yet here is not thrown away.</summary>
    private async Task RefuseChangedAsync(Transaction tx, StoredDag dag, CancellationToken cancellation)
    {
        var present = await files.ReadAsync(dag.FileName, cancellation);
        if (present is null || present == await PublishedText.FindAsync(tx, dag.DagId)) return;
        throw new OperationException(RefusalKind.Conflict, $"The file {dag.FileName} was changed on disk and is not read yet, or has errors. Nothing was deleted. "
            + $"Look at the change on the DAG's page within seconds, then delete it again; or remove the file from {files.Folder} yourself.");
    }
}
