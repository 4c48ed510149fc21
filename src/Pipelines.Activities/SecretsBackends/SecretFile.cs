using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace Pipelines.Activities.SecretsBackends;

/// <summary>A file of connections or Variables by name, in a format that its ending tells: json, yaml (yml) or env.</summary>
public static class SecretFile
{
    /// <summary>What it holds. An env file is lines <c>name=text</c>; empty lines and those that begin with # are left out.</summary>
    /// <exception cref="ConnectionException">There is no such file, or it is none of these.</exception>
    public static async Task<JsonObject> ReadAsync(string path, CancellationToken cancellation)
    {
        if (!File.Exists(path)) throw new ConnectionException($"There is no file '{path}'. Name one that was exported, or written by hand.");
        var format = FormatOf(path);
        try
        {
            var text = await File.ReadAllTextAsync(path, cancellation);
            return format switch
            {
                "json" => Object(GivenJson.Parse(text), path),
                "yaml" => Object(FromYaml(text), path),
                _ => FromEnv(text, path),
            };
        }
        // The parsers' own messages may repeat a part of the text, and what is in it may be secret.
        catch (JsonException error)
        {
            throw new ConnectionException($"'{path}' is not JSON (line {error.LineNumber + 1}, character {error.BytePositionInLine + 1}).");
        }
        catch (YamlException error)
        {
            throw new ConnectionException($"'{path}' is not YAML (line {error.Start.Line}, column {error.Start.Column}).");
        }
        catch (ArgumentException)
        {
            throw new ConnectionException($"'{path}' names something twice. Remove one of the two.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ConnectionException($"'{path}' cannot be read: {error.Message}");
        }
    }

    /// <summary>json, yaml or env, by the file's ending.</summary>
    /// <exception cref="ConnectionException">It has another.</exception>
    public static string FormatOf(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".json" => "json",
        ".yaml" or ".yml" => "yaml",
        ".env" => "env",
        _ => throw new ConnectionException($"The format of '{path}' is not known. Its name must end in .json, .yaml or .env."),
    };

    private static JsonNode? FromYaml(string text) => JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build()
        .Serialize(new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object?>(text)));

    private static JsonObject FromEnv(string text, string path)
    {
        var file = new JsonObject();
        foreach (var (number, line) in text.ReplaceLineEndings("\n").Split('\n').Index())
        {
            if (string.IsNullOrWhiteSpace(line) || line.TrimStart().StartsWith('#')) continue;
            if (line.IndexOf('=') is not (> 0 and var at)) throw new ConnectionException($"Line {number + 1} of '{path}' must be name=text.");
            file.Add(line[..at].Trim(), line[(at + 1)..].Trim());
        }
        return file;
    }

    private static JsonObject Object(JsonNode? node, string path) => node as JsonObject ?? throw new ConnectionException($"'{path}' must hold one object with names and what they mean.");
}
