using System.Text;
using System.Text.Json;

namespace Pipelines.Model.Dags;

/// <summary>A JSON value that knows where in the file it stands, so that every message about it can say so.</summary>
internal sealed class JsonPart(string path, int line, JsonValueKind kind)
{
    public string Path { get; } = path;

    public int Line { get; } = line;

    public JsonValueKind Kind { get; } = kind;

    /// <summary>A string's text, otherwise the JSON as written.</summary>
    public string Text => field ??= Encoding.UTF8.GetString(Raw.Span);

    /// <summary>The JSON as written; for strings see <see cref="Text"/>.</summary>
    public ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>Members of an object in file order, without repeats of a name.</summary>
    public IReadOnlyList<JsonMember> Members { get; init; } = [];

    /// <summary>Items of an array.</summary>
    public IReadOnlyList<JsonPart> Items { get; init; } = [];

    public bool IsObject => Kind == JsonValueKind.Object;

    public bool IsNull => Kind == JsonValueKind.Null;

    /// <summary>A member that is there and not null; otherwise null.</summary>
    public JsonPart? Get(string name)
    {
        foreach (var member in Members)
            if (member.Name == name) return member.Value.IsNull ? null : member.Value;
        return null;
    }

    /// <summary>True for null, false, "", [] and {}: what Elsa writes for a setting nobody touched.</summary>
    public bool IsBlank => Kind switch
    {
        JsonValueKind.Null or JsonValueKind.False => true,
        JsonValueKind.String => Text.Length == 0,
        JsonValueKind.Array => Items.Count == 0,
        JsonValueKind.Object => Members.Count == 0,
        _ => false,
    };

    public static JsonPart String(string path, int line, string text) =>
        new(path, line, JsonValueKind.String) { Raw = Encoding.UTF8.GetBytes(text) };
}

/// <summary>A named value of a JSON object.</summary>
internal sealed record JsonMember(string Name, JsonPart Value);
