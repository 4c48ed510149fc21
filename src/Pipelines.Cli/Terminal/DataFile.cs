using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Pipelines.Cli.Terminal;

/// <summary>A file of connections or Variables by name, in a format that its ending tells: json, yaml (yml) or env.</summary>
internal static class DataFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What it holds. An env file is lines <c>name=text</c>; empty lines and those that begin with # are left out.</summary>
    /// <exception cref="CliError">There is no such file, or it is none of these.</exception>
    public static async Task<JsonObject> ReadAsync(string path, CancellationToken cancellation)
    {
        if (!File.Exists(path)) throw new CliError($"There is no file '{path}'. Name one that was exported, or written by hand.");
        var text = await File.ReadAllTextAsync(path, cancellation);
        try
        {
            return FormatOf(path) switch
            {
                "json" => Object(GivenJson.Parse(text), path),
                "yaml" => Object(FromYaml(text), path),
                _ => FromEnv(text, path),
            };
        }
        // The parsers' own messages may repeat a part of the text, and what is in it may be secret.
        catch (JsonException error)
        {
            throw new CliError($"'{path}' is not JSON (line {error.LineNumber + 1}, character {error.BytePositionInLine + 1}).");
        }
        catch (YamlException error)
        {
            throw new CliError($"'{path}' is not YAML (line {error.Start.Line}, column {error.Start.Column}).");
        }
        catch (ArgumentException)
        {
            throw new CliError($"'{path}' names something twice. Remove one of the two.");
        }
    }

    /// <summary>Writes a text; <c>-</c> is standard output. It may hold secrets, so nobody else may read the file.</summary>
    public static async Task WriteAsync(string path, string text, CancellationToken cancellation)
    {
        if (path == "-")
        {
            await Console.Out.WriteLineAsync(text.TrimEnd('\n').AsMemory(), cancellation);
            return;
        }
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var writer = new StreamWriter(path, options);
        await writer.WriteAsync(text.AsMemory(), cancellation);
    }

    /// <summary>json, yaml or env, by the file's ending.</summary>
    /// <exception cref="CliError">It has another.</exception>
    public static string FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".json" => "json",
        ".yaml" or ".yml" => "yaml",
        ".env" => "env",
        _ => throw new CliError($"The format of '{path}' is not known. Its name must end in .json, .yaml or .env."),
    };

    /// <summary>As indented JSON.</summary>
    public static string ToJson(JsonObject file) => file.ToJsonString(Indented) + "\n";

    /// <summary>As YAML.</summary>
    public static string ToYaml(JsonObject file) => new SerializerBuilder().WithQuotingNecessaryStrings().Build().Serialize(Plain(file)!);

    private static JsonNode? FromYaml(string text) => JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build()
        .Serialize(new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object?>(text)));

    private static JsonObject FromEnv(string text, string path)
    {
        var file = new JsonObject();
        foreach (var (number, line) in text.ReplaceLineEndings("\n").Split('\n').Index())
        {
            if (string.IsNullOrWhiteSpace(line) || line.TrimStart().StartsWith('#')) continue;
            if (line.IndexOf('=') is not (> 0 and var at)) throw new CliError($"Line {number + 1} of '{path}' must be name=text.");
            file.Add(line[..at].Trim(), line[(at + 1)..].Trim());
        }
        return file;
    }

    private static JsonObject Object(JsonNode? node, string path) => node as JsonObject ?? throw new CliError($"'{path}' must hold one object with names and what they mean.");

    private static object? Plain(JsonNode? node) => node switch
    {
        JsonObject members => members.ToDictionary(member => member.Key, member => Plain(member.Value)),
        JsonArray items => items.Select(Plain).ToList(),
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.String => value.GetValue<string>(),
            JsonValueKind.True or JsonValueKind.False => value.GetValue<bool>(),
            _ => value.TryGetValue<long>(out var number) ? number : value.GetValue<double>(),
        },
        _ => null,
    };
}
