using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>Ends a conflict for the draft: the file as it is now becomes what the draft began from, so that publishing replaces it.</summary>
public sealed class KeepDraft(Database database, DagFiles files, TimeProvider time)
{
    /// <exception cref="OperationException">There is no draft.</exception>
    public async Task ExecuteAsync(string dagId, Actor actor, CancellationToken cancellation)
    {
        var fileName = await database.InTransactionAsync(async tx => await DagTable.FindAsync(tx, dagId) is { IsStale: false } dag ? dag.FileName : $"{dagId}.json", cancellation);
        // The folder may be a slow drive, so no transaction waits for it. A file that changes from here on is refused again when the draft is published.
        var present = await files.ReadAsync(fileName, cancellation);
        await database.InTransactionAsync(tx => KeepAsync(tx, dagId, fileName, present, actor), cancellation);
    }

    private async Task KeepAsync(Transaction tx, string dagId, string fileName, string? present, Actor actor)
    {
        var draft = await DagDraftTable.LockAsync(tx, dagId) ?? throw new OperationException(RefusalKind.NotFound, $"There is no draft of DAG '{dagId}' to keep.");
        await DagDraftTable.PutAsync(tx, draft with { BaseHash = present is null ? null : DagFiles.HashOf(present), SavedBy = actor.Name, SavedAt = time.GetUtcNow() });
        await EventLogTable.AddAsync(tx, new Event("keep_draft", actor.Name) { DagId = dagId, Extra = fileName }, time.GetUtcNow());
        await tx.NotifyAsync(Topic.DagChanged, dagId);
    }
}
