using System.Globalization;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Model.Designer;
using Pipelines.Storage.Dags;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>A version of a DAG as Studio counts them: the stored ones, and a draft as the one that would come next.</summary>
internal sealed record DefinitionVersion : DefinitionHead
{
    private const string DraftPrefix = "draft-";

    public required string Text { get; init; }

    /// <summary>What a canvas that shows it began from.</summary>
    public required DraftMark Mark { get; init; }

    public bool IsDraft => DagOfDraft(Id) is not null;

    /// <summary>The DAG of a draft's id; null: it is a stored version's.</summary>
    public static string? DagOfDraft(string id) => id.StartsWith(DraftPrefix, StringComparison.Ordinal) ? id[DraftPrefix.Length..] : null;

    /// <summary>A stored version.</summary>
    public static DefinitionVersion Of(DagVersion version, bool isCurrent, bool hasDraft)
    {
        var title = DefinitionTitle.Of(version.FileText);
        return new()
        {
            Id = version.Id.ToString(CultureInfo.InvariantCulture),
            DagId = version.DagId,
            Number = version.VersionNumber,
            Name = title.Name ?? version.DagId,
            Description = title.Description,
            Text = version.FileText,
            CreatedAt = version.CreatedAt,
            IsLatest = isCurrent && !hasDraft,
            IsPublished = isCurrent,
            Mark = new DraftMark(DagFiles.HashOf(version.FileText), 0),
        };
    }

    /// <summary>A draft.</summary>
    /// <param name="draft">It.</param>
    /// <param name="lastNumber">Of the newest stored version; 0: there is none.</param>
    public static DefinitionVersion Of(DagDraft draft, int lastNumber)
    {
        var title = DefinitionTitle.Of(draft.FileText);
        return new()
        {
            Id = DraftPrefix + draft.DagId,
            DagId = draft.DagId,
            Number = lastNumber + 1,
            Name = title.Name ?? draft.DagId,
            Description = title.Description,
            Text = draft.FileText,
            CreatedAt = draft.SavedAt,
            IsLatest = true,
            Mark = new DraftMark(draft.BaseHash, draft.Revision),
        };
    }
}
