using System.Security.Claims;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Designer;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Web.Studio;

/// <summary>Reads what the designer's bar says of a DAG.</summary>
internal sealed class EditedDag(Database database, ActivityCatalog catalog, DagFiles files, TimeProvider time)
{
    private const int RunsShown = 5;

    /// <summary>Null: there is neither a DAG of this id nor a draft.</summary>
    public Task<DraftBarAnswer?> ReadAsync(string dagId, ClaimsPrincipal person, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var stored = await DagTable.FindAsync(tx, dagId) is { IsStale: false } found ? found : null;
        var version = stored?.CurrentVersionId is { } id ? await DagVersionTable.FindAsync(tx, id) : null;
        var draft = await DagDraftTable.FindAsync(tx, dagId);
        if (version is null && draft is null) return null;
        var fileName = stored?.FileName ?? $"{dagId}.json";
        var check = draft is null ? null : DraftCheck.Of(dagId, draft.FileText, catalog);
        var published = version is null ? null : DagFile.Read(version.FileText, fileName, catalog).Dag;
        var shown = check?.Dag ?? published;
        var mayEdit = person.May(Permissions.Author);
        var isWritable = files.IsWritable;
        return new DraftBarAnswer
        {
            DagId = dagId,
            Mark = Mark(version, draft),
            Version = version?.VersionNumber,
            IsPaused = stored?.IsPaused ?? false,
            MayRun = person.May(Permissions.Run),
            MayEdit = mayEdit && isWritable,
            ReadOnly = !mayEdit ? "Your role may look but not edit: editing DAGs is a permission of its own. Ask an admin to make you an author."
                : isWritable ? null : $"The folder {files.Folder} is read-only on this host, so the designer only shows. Change the files where they come from, e.g. in git.",
            Draft = draft is null ? null : new SavedDraft(draft.SavedBy, draft.SavedAt, draft.SavedBy == person.Identity?.Name),
            Conflict = draft is null ? null : await files.ChangeUnderAsync(draft, fileName, cancellation),
            FileName = fileName,
            FileErrors = [.. (await ImportErrorTable.ListAsync(tx)).Where(error => error.File == fileName).Select(error => error.ToString())],
            NextRuns = shown is null ? [] : [.. UpcomingRuns.Of(shown, await DagRunTable.LastAutomatedAsync(tx, dagId), time.GetUtcNow(), RunsShown).Select(run => run.RunAfter)],
            NextRunsOf = check?.Dag is not null ? "draft" : published is not null ? "published" : null,
            Timetable = shown?.Timetable.Summary,
            Changes = draft is null ? [] : DraftChanges.Between(version?.FileText, draft.FileText),
            Warnings = draft is null ? [] : [.. DraftChanges.RenameWarnings(version?.FileText, draft.FileText), .. check!.Warnings],
            Errors = check?.Errors ?? [],
        };
    }, cancellation);

    private static string Mark(DagVersion? version, DagDraft? draft) =>
        (draft is not null ? new DraftMark(draft.BaseHash, draft.Revision) : new DraftMark(DagFiles.HashOf(version!.FileText), 0)).Text;
}
