using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Serialization;

namespace Pipelines.Cli.Terminal;

/// <summary>Writes a file of connections or Variables by name; it is read by <see cref="Activities.SecretsBackends.SecretFile"/>.</summary>
internal static class DataFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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

    /// <summary>As indented JSON.</summary>
    public static string ToJson(JsonObject file) => file.ToJsonString(Indented) + "\n";

    /// <summary>As YAML.</summary>
    public static string ToYaml(JsonObject file) => new SerializerBuilder().WithQuotingNecessaryStrings().Build().Serialize(Plain(file)!);

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
