using Pipelines.Model.Activities;
using Pipelines.Model.Templates;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>Takes an old version as a draft; it goes live when it is published. Template files stay as they are in the folder: they are not the designer's.</summary>
public sealed class RevertDag(Database database, ActivityCatalog catalog, EngineSettings settings, TimeProvider time)
{
    /// <exception cref="OperationException">No such version, one with code that the designer may not publish, or a draft that would be lost.</exception>
    public Task<DagDraft> ExecuteAsync(string dagId, int version, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var old = await DagVersionTable.FindAsync(tx, dagId, version)
            ?? throw new OperationException(RefusalKind.NotFound, $"DAG '{dagId}' has no version {version}.");
        if (DraftCheck.Of(dagId, old.FileText, catalog, new StoredTemplates(old.Templates)).Dag is { } dag && CodeRule.Offences(dag, catalog, settings) is { Count: > 0 } offences)
            throw new OperationException(RefusalKind.Invalid, $"Version {version} of DAG '{dagId}' was not taken back, since it could not be published from here.", offences);
        if (await DagDraftTable.LockAsync(tx, dagId) is { } draft)
            throw new OperationException(RefusalKind.Conflict, $"DAG '{dagId}' has a draft that {draft.SavedBy} saved at {draft.SavedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC. Publish or discard it first, then go back to version {version}.");
        var published = await PublishedText.FindAsync(tx, dagId);
        var now = time.GetUtcNow();
        await EventLogTable.AddAsync(tx, new Event("revert_dag", actor.Name) { DagId = dagId, Extra = $"to version {version}" }, now);
        await tx.NotifyAsync(Topic.DagChanged, dagId);
        return await DagDraftTable.PutAsync(tx, new DagDraft
        {
            DagId = dagId,
            BaseHash = published is null ? null : DagFiles.HashOf(published),
            FileText = old.FileText,
            SavedBy = actor.Name,
            SavedAt = now,
        });
    }, cancellation);
}
