using System.Security.Claims;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Designer;
using Pipelines.Model.Templates;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Web.Studio;

/// <summary>Reads what the designer's bar says of a DAG.</summary>
internal sealed class EditedDag(Database database, ActivityCatalog catalog, DagFiles files, TimeProvider time)
{
    private const int RunsShown = 5;

    /// <summary>Null: there is neither a DAG of this id nor a draft.</summary>
    public async Task<DraftBarAnswer?> ReadAsync(string dagId, ClaimsPrincipal person, CancellationToken cancellation)
    {
        if (await database.InTransactionAsync(tx => FindAsync(tx, dagId), cancellation) is not { } found) return null;
        // The folder may be a slow drive: no transaction waits for it.
        var known = found.Draft is null ? found : found with { Check = DraftCheck.Of(dagId, found.Draft.FileText, catalog, files.TemplatesOf(found.FileName)) };
        var answer = WithTimes(WithRights(Answer(known), person), known);
        if (known.Draft is not { } draft) return answer;
        return answer with
        {
            Draft = new SavedDraft(draft.SavedBy, draft.SavedAt, draft.SavedBy == person.Identity?.Name),
            Conflict = await files.ChangeUnderAsync(draft, known.FileName, cancellation),
            Changes = DraftChanges.Between(known.Version?.FileText, draft.FileText),
            Warnings = [.. answer.Warnings, .. DraftChanges.RenameWarnings(known.Version?.FileText, draft.FileText), .. known.Check!.Warnings],
            Errors = known.Check!.Errors,
        };
    }

    private static async Task<Known?> FindAsync(Transaction tx, string dagId)
    {
        var stored = await DagTable.FindAsync(tx, dagId) is { IsStale: false } found ? found : null;
        var version = stored?.CurrentVersionId is { } id ? await DagVersionTable.FindAsync(tx, id) : null;
        var draft = await DagDraftTable.FindAsync(tx, dagId);
        return version is null && draft is null ? null : new Known
        {
            DagId = dagId,
            IsPaused = stored?.IsPaused ?? false,
            FileName = stored?.FileName ?? $"{dagId}.json",
            Version = version,
            Draft = draft,
            LastRun = await DagRunTable.LastAutomatedAsync(tx, dagId),
            Errors = await ImportErrorTable.ListAsync(tx),
            Warnings = await DagWarningTable.ListAsync(tx, dagId),
        };
    }

    private static DraftBarAnswer Answer(Known known) => new()
    {
        DagId = known.DagId,
        Mark = Mark(known.Version, known.Draft),
        Version = known.Version?.VersionNumber,
        IsPaused = known.IsPaused,
        FileName = known.FileName,
        Warnings = [.. known.Warnings.Select(warning => warning.Message)],
        FileErrors = [.. known.Errors.Where(error => error.File == known.FileName).Select(error => error.ToString())],
    };

    private DraftBarAnswer WithRights(DraftBarAnswer answer, ClaimsPrincipal person)
    {
        var (mayEdit, isWritable) = (person.May(Permissions.Author), files.IsWritable);
        return answer with
        {
            MayRun = person.May(Permissions.Run),
            MayEdit = mayEdit && isWritable,
            ReadOnly = !mayEdit ? "Your role may look but not edit: editing DAGs is a permission of its own. Ask an admin to make you an author."
                : isWritable ? null : $"The folder {files.Folder} is read-only on this host, so the designer only shows. Change the files where they come from, e.g. in git.",
        };
    }

    private DraftBarAnswer WithTimes(DraftBarAnswer answer, Known known)
    {
        var published = known.Version is null ? null : DagFile.Read(known.Version.FileText, known.FileName, catalog, new StoredTemplates(known.Version.Templates)).Dag;
        var shown = known.Check?.Dag ?? published;
        return answer with
        {
            NextRuns = shown is null ? [] : [.. UpcomingRuns.Of(shown, known.LastRun, time.GetUtcNow(), RunsShown).Select(run => run.RunAfter)],
            NextRunsOf = known.Check?.Dag is not null ? "draft" : published is not null ? "published" : null,
            Timetable = shown?.Timetable.Summary,
        };
    }

    private static string Mark(DagVersion? version, DagDraft? draft) =>
        (draft is not null ? new DraftMark(draft.BaseHash, draft.Revision) : new DraftMark(DagFiles.HashOf(version!.FileText), 0)).Text;

    /// <summary>What the database knows of it.</summary>
    private sealed record Known
    {
        public required string DagId { get; init; }

        public bool IsPaused { get; init; }

        public required string FileName { get; init; }

        public DagVersion? Version { get; init; }

        public DagDraft? Draft { get; init; }

        /// <summary>Of the draft; null: there is none.</summary>
        public DraftCheck? Check { get; init; }

        public DataInterval? LastRun { get; init; }

        public required IReadOnlyList<DagFileError> Errors { get; init; }

        public required IReadOnlyList<DagWarning> Warnings { get; init; }
    }
}
