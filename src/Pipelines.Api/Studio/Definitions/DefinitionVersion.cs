using System.Globalization;
using System.Text.Json;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Model.Designer;
using Pipelines.Storage.Dags;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>A version of a DAG as Studio counts them: the stored ones, and a draft as the one that would come next.</summary>
internal sealed record DefinitionVersion
{
    private const string DraftPrefix = "draft-";

    /// <summary>The number of its row, or <c>draft-</c> and the dag_id.</summary>
    public required string Id { get; init; }

    public required string DagId { get; init; }

    public required int Number { get; init; }

    public required string Text { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public bool IsLatest { get; init; }

    public bool IsPublished { get; init; }

    /// <summary>What a canvas that shows it began from.</summary>
    public required DraftMark Mark { get; init; }

    public bool IsDraft => Id.StartsWith(DraftPrefix, StringComparison.Ordinal);

    /// <summary>The title that the file gives, else the dag_id.</summary>
    public string Name => Member("name") is { Length: > 0 } name ? name : DagId;

    public string? Description => Member("description");

    /// <summary>The DAG of a draft's id; null: it is a stored version's.</summary>
    public static string? DagOfDraft(string id) => id.StartsWith(DraftPrefix, StringComparison.Ordinal) ? id[DraftPrefix.Length..] : null;

    /// <summary>A stored version.</summary>
    public static DefinitionVersion Of(DagVersion version, bool isCurrent, bool hasDraft) => new()
    {
        Id = version.Id.ToString(CultureInfo.InvariantCulture),
        DagId = version.DagId,
        Number = version.VersionNumber,
        Text = version.FileText,
        CreatedAt = version.CreatedAt,
        IsLatest = isCurrent && !hasDraft,
        IsPublished = isCurrent,
        Mark = new DraftMark(DagFiles.HashOf(version.FileText), 0),
    };

    /// <summary>A draft.</summary>
    /// <param name="draft">It.</param>
    /// <param name="lastNumber">Of the newest stored version; 0: there is none.</param>
    public static DefinitionVersion Of(DagDraft draft, int lastNumber) => new()
    {
        Id = DraftPrefix + draft.DagId,
        DagId = draft.DagId,
        Number = lastNumber + 1,
        Text = draft.FileText,
        CreatedAt = draft.SavedAt,
        IsLatest = true,
        Mark = new DraftMark(draft.BaseHash, draft.Revision),
    };

    private string? Member(string name)
    {
        // Only the member is wanted, of files that may be large: no tree is built.
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(Text));
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            var isWanted = reader.ValueTextEquals(name);
            reader.Read();
            if (isWanted) return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            reader.Skip();
        }
        return null;
    }
}
