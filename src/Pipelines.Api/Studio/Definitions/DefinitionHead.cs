using System.Text.Json;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>A version of a DAG as Studio lists it: all but its text.</summary>
internal record DefinitionHead
{
    /// <summary>The number of its row, or <c>draft-</c> and the dag_id.</summary>
    public required string Id { get; init; }

    public required string DagId { get; init; }

    public required int Number { get; init; }

    /// <summary>Its title, else the dag_id.</summary>
    public required string Name { get; init; }

    public string? Description { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public bool IsLatest { get; init; }

    public bool IsPublished { get; init; }
}

/// <summary>What a file says of itself.</summary>
/// <param name="Name">Null: it has none.</param>
/// <param name="Description">Null: it has none.</param>
internal sealed record DefinitionTitle(string? Name, string? Description)
{
    /// <summary>Reads two members of a file that may be large: no tree is built.</summary>
    public static DefinitionTitle Of(string text)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(text));
        var title = new DefinitionTitle(null, null);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName) continue;
            var (isName, isDescription) = (reader.ValueTextEquals("name"), reader.ValueTextEquals("description"));
            reader.Read();
            var value = reader.TokenType == JsonTokenType.String && (isName || isDescription) ? reader.GetString() : null;
            if (isName) title = title with { Name = value is { Length: > 0 } ? value : null };
            if (isDescription) title = title with { Description = value };
            reader.Skip();
        }
        return title;
    }
}
