using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>
/// Makes a draft the DAG: its file is written and new runs use it. Nothing is written over what somebody else changed meanwhile, and
/// nobody publishes what they have not seen: the draft must be as the person saved it, which the designer's Publish button does first.
/// </summary>
public sealed class PublishDag(Database database, ActivityCatalog catalog, DagFiles files, EngineSettings settings, TimeProvider time)
{
    /// <exception cref="OperationException">No draft, one that somebody else saved last, errors in it, a file that changed since the draft began, or a folder that cannot be written. The draft is kept.</exception>
    public Task ExecuteAsync(string dagId, Actor actor, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var now = time.GetUtcNow();
        // Before any row: whoever reads the folder takes its locks in this order too.
        await DagTable.LockFolderAsync(tx);
        var draft = await DagDraftTable.LockAsync(tx, dagId) ?? throw new OperationException(RefusalKind.NotFound,
            $"There is no draft of DAG '{dagId}': somebody published or discarded it, or nothing was changed. Reload the page.");
        RefuseForeign(draft, actor);
        var before = await DagTable.LockAsync(tx, dagId);
        var fileName = before is { IsStale: false } ? before.FileName : $"{dagId}.json";
        var check = DraftCheck.Of(dagId, draft.FileText, catalog, files.TemplatesOf(fileName));
        if (check.Dag is null) throw Refused(dagId, check.Errors);
        if (CodeRule.Offences(check.Dag, catalog, settings) is { Count: > 0 } offences) throw Refused(dagId, offences);
        await RefuseChangedAsync(draft, fileName, cancellation);
        await DagRegistry.StoreAsync(tx, before, new DagFileContent(check.Dag, check.Hash!, fileName, draft.FileText) { Warnings = check.Warnings }, actor.Name, now);
        await ImportErrorTable.ReplaceAsync(tx, fileName, [], now);
        await DagDraftTable.DeleteAsync(tx, dagId);
        await EventLogTable.AddAsync(tx, new Event("publish_dag", actor.Name) { DagId = dagId, Extra = fileName }, now);
        await tx.NotifyAsync(Topic.SchedulerWork, dagId);
        // Last before the commit: if that fails, the scheduler finds the file and stores the same version.
        await files.WriteAsync(fileName, draft.FileText, cancellation);
    }, cancellation);

    private static void RefuseForeign(DagDraft draft, Actor actor)
    {
        if (draft.SavedBy != actor.Name) throw new OperationException(RefusalKind.Conflict,
            $"{draft.SavedBy} saved the draft of DAG '{draft.DagId}' last, at {draft.SavedAt.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, so nothing was published. Open it in the designer, see what it changes, and publish it there.");
    }

    private async Task RefuseChangedAsync(DagDraft draft, string fileName, CancellationToken cancellation)
    {
        if (await files.ChangeUnderAsync(draft, fileName, cancellation) is not { } change) return;
        throw new OperationException(RefusalKind.Conflict, $"The file {fileName} was {change} after this draft began, so nothing was published and both are kept. "
            + "Discard the draft to go on from the file, or keep the draft and publish it over the file.");
    }

    private static OperationException Refused(string dagId, IReadOnlyList<string> errors) => new(RefusalKind.Invalid,
        $"DAG '{dagId}' was not published; the draft is kept. {(errors.Count == 1 ? "One thing is" : $"{errors.Count} things are")} to be mended first.", errors);
}
