using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Designer;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>
/// Keeps what the designer shows as the DAG's draft. Two people on one draft: the second is refused with a sentence when the first saved
/// since the second loaded; one person's saves that overtake each other, or come from two tabs, are taken as they come.
/// </summary>
public sealed class SaveDraft(Database database, ActivityCatalog catalog, DagFiles files, TimeProvider time)
{
    /// <returns>The draft; null when the definition says nothing but what is published and there was no draft.</returns>
    /// <exception cref="OperationException">A read-only folder, a draft that somebody else saved meanwhile, a graph that would be emptied, or no definition at all.</exception>
    public Task<DagDraft?> ExecuteAsync(string dagId, JsonObject definition, Actor actor, CancellationToken cancellation)
    {
        if (!AirflowKey.IsValid(dagId)) throw new OperationException(RefusalKind.Invalid, $"The dag_id '{dagId}' is not valid. Use 1 to 250 letters, digits, '-', '.' or '_'.");
        if (!files.IsWritable)
            throw new OperationException(RefusalKind.Conflict, $"The DAG folder {files.Folder} is read-only here, so the designer only shows. Change the files where they come from, e.g. in git.");
        return database.InTransactionAsync(async tx =>
        {
            var published = await PublishedText.FindAsync(tx, dagId);
            var draft = await DagDraftTable.LockAsync(tx, dagId);
            var mark = DraftMark.Of(definition);
            if (draft is not null) RefuseForeign(draft, mark, actor);
            var text = Text(dagId, definition, draft?.FileText ?? published);
            if (draft is null && published is not null && text == Canonical(dagId, published)) return null;
            var saved = await DagDraftTable.PutAsync(tx, new DagDraft
            {
                DagId = dagId,
                BaseHash = draft is not null ? draft.BaseHash : mark is not null ? mark.BaseHash : published is null ? null : DagFiles.HashOf(published),
                FileText = text,
                SavedBy = actor.Name,
                SavedAt = time.GetUtcNow(),
            });
            // Studio saves twice a second while somebody drags; the log tells who began a draft, its row who saved last.
            if (draft is null) await EventLogTable.AddAsync(tx, new Event("draft_dag", actor.Name) { DagId = dagId }, saved.SavedAt);
            await tx.NotifyAsync(Topic.DagChanged, dagId);
            return saved;
        }, cancellation);
    }

    private static void RefuseForeign(DagDraft draft, DraftMark? mark, Actor actor)
    {
        if (draft.SavedBy == actor.Name || mark?.Revision == draft.Revision) return;
        throw new OperationException(RefusalKind.Conflict,
            $"{draft.SavedBy} saved a draft of DAG '{draft.DagId}' at {draft.SavedAt.UtcDateTime:HH:mm:ss} UTC, after you opened it. Your last change is not saved. Reload the page to go on from {draft.SavedBy}'s draft.");
    }

    private string Text(string dagId, JsonObject definition, string? previous)
    {
        try
        {
            if (previous is not null && Count(definition) == 0 && Count(DesignerText.Parse(previous)) is > 0 and var lost)
                throw new OperationException(RefusalKind.Invalid,
                    $"This save would remove all {lost} activities of DAG '{dagId}', so it was refused and nothing is lost. Reload the page; to remove the DAG itself, delete it in the list.");
            return DesignerText.Of(previous is null ? definition : DesignerText.WithUnknownOf(definition, DesignerText.Parse(previous)), dagId, catalog);
        }
        catch (DesignerException error)
        {
            throw new OperationException(RefusalKind.Invalid, error.Message);
        }
    }

    /// <summary>The published text as the designer would save it untouched.</summary>
    private string? Canonical(string dagId, string published)
    {
        try
        {
            return DesignerText.Of(new StudioDefinition(catalog).Of(published), dagId, catalog);
        }
        catch (DesignerException)
        {
            return null;
        }
    }

    private static int Count(JsonObject definition) => ((definition["root"] as JsonObject)?["activities"] as JsonArray)?.Count ?? 0;
}
