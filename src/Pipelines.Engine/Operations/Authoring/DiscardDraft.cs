using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>Drops a draft; what is published stays.</summary>
public sealed class DiscardDraft(Database database, TimeProvider time)
{
    /// <exception cref="OperationException">There is no draft.</exception>
    public Task ExecuteAsync(string dagId, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        if (!await DagDraftTable.DeleteAsync(tx, dagId)) throw new OperationException(RefusalKind.NotFound, $"There is no draft of DAG '{dagId}' to discard.");
        await EventLogTable.AddAsync(tx, new Event("discard_draft", actor.Name) { DagId = dagId }, time.GetUtcNow());
        await tx.NotifyAsync(Topic.DagChanged, dagId);
    }, cancellation);
}
