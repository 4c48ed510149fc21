using System.Text;
using System.Text.Json;

namespace Pipelines.Model.Dags;

/// <summary>Reads a file's JSON to a <see cref="JsonPart"/> tree and reports broken JSON and repeated names.</summary>
internal sealed class JsonPartReader
{
    private readonly byte[] _utf8;
    private readonly DagFileReport _report;
    private int _line = 1;
    private long _lineCountedTo;

    private JsonPartReader(byte[] utf8, DagFileReport report)
    {
        _utf8 = utf8;
        _report = report;
    }

    /// <summary>The tree, or null when the text is not JSON (then reported).</summary>
    public static JsonPart? Read(string json, DagFileReport report)
    {
        var utf8 = Encoding.UTF8.GetBytes(json.TrimStart('\uFEFF'));
        try
        {
            var reader = new Utf8JsonReader(utf8);
            reader.Read();
            var root = new JsonPartReader(utf8, report).ReadValue(ref reader, "$");
            reader.Read();
            return root;
        }
        catch (JsonException error)
        {
            ReportBroken(error, utf8, report);
            return null;
        }
    }

    private JsonPart ReadValue(ref Utf8JsonReader reader, string path)
    {
        var line = LineAt(reader.TokenStartIndex);
        return reader.TokenType switch
        {
            JsonTokenType.StartObject => ReadObject(ref reader, path, line),
            JsonTokenType.StartArray => ReadArray(ref reader, path, line),
            JsonTokenType.String => JsonPart.String(path, line, TextOf(ref reader, path, line)),
            JsonTokenType.Number => Scalar(ref reader, path, line, JsonValueKind.Number),
            JsonTokenType.True => Scalar(ref reader, path, line, JsonValueKind.True),
            JsonTokenType.False => Scalar(ref reader, path, line, JsonValueKind.False),
            _ => Scalar(ref reader, path, line, JsonValueKind.Null),
        };
    }

    private JsonPart ReadObject(ref Utf8JsonReader reader, string path, int line)
    {
        var start = reader.TokenStartIndex;
        var members = new List<JsonMember>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var nameLine = LineAt(reader.TokenStartIndex);
            var name = TextOf(ref reader, path, nameLine);
            reader.Read();
            var value = ReadValue(ref reader, Join(path, name));
            if (lines.TryAdd(name, nameLine)) members.Add(new JsonMember(name, value));
            else _report.Error(Join(path, name), nameLine, $"The key '{name}' stands twice in this object (first on line {lines[name]}). Remove one.");
        }
        return new JsonPart(path, line, JsonValueKind.Object) { Members = members, Raw = Slice(start, reader.BytesConsumed) };
    }

    private JsonPart ReadArray(ref Utf8JsonReader reader, string path, int line)
    {
        var start = reader.TokenStartIndex;
        var items = new List<JsonPart>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(ReadValue(ref reader, $"{path}[{items.Count}]"));
        return new JsonPart(path, line, JsonValueKind.Array) { Items = items, Raw = Slice(start, reader.BytesConsumed) };
    }

    private JsonPart Scalar(ref Utf8JsonReader reader, string path, int line, JsonValueKind kind) =>
        new(path, line, kind) { Raw = Slice(reader.TokenStartIndex, reader.BytesConsumed) };

    private string TextOf(ref Utf8JsonReader reader, string path, int line)
    {
        try
        {
            var text = reader.GetString()!;
            if (!text.Contains('\0')) return text;
            _report.Error(path, line, "This text holds a NUL character (\\u0000), which no database can store. Remove it.");
        }
        catch (InvalidOperationException)
        {
            _report.Error(path, line, "This text holds half of a surrogate pair (a \\ud800-\\udfff escape without its partner). Write the whole character.");
        }
        return "";
    }

    private ReadOnlyMemory<byte> Slice(long start, long end) => _utf8.AsMemory((int)start, (int)(end - start));

    private int LineAt(long offset)
    {
        _line += _utf8.AsSpan((int)_lineCountedTo, (int)(offset - _lineCountedTo)).Count((byte)'\n');
        _lineCountedTo = offset;
        return _line;
    }

    private static string Join(string path, string name) =>
        name.Length > 0 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$') ? $"{path}.{name}" : $"{path}['{name}']";

    private static void ReportBroken(JsonException error, byte[] utf8, DagFileReport report)
    {
        var line = (int)(error.LineNumber ?? 0);
        var lineStart = 0;
        for (var i = 0; i < line; i++) lineStart += utf8.AsSpan(lineStart).IndexOf((byte)'\n') + 1;
        var bytes = Math.Min((int)(error.BytePositionInLine ?? 0), utf8.Length - lineStart);
        var column = Encoding.UTF8.GetCharCount(utf8, lineStart, bytes) + 1;
        var cause = error.Message.Split(" LineNumber:")[0].TrimEnd('.');
        report.Error("$", line + 1, $"This is not valid JSON: {cause}. Fix line {line + 1}, column {column}.", column);
    }
}
