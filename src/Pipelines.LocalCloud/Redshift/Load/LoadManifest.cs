using System.Text.Json;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <param name="ContentLength">Bytes the object must have, when the manifest says so.</param>
internal sealed record ManifestEntry(LoadObject Object, bool IsMandatory, long? ContentLength);

/// <summary>A manifest file: { "entries": [ { "url", "mandatory", "meta": { "content_length" } } ] }. Other keys, such as those UNLOAD writes, are allowed.</summary>
internal static class LoadManifest
{
    /// <exception cref="SqlErrorException">The file is not a manifest.</exception>
    public static async Task<IReadOnlyList<ManifestEntry>> ReadAsync(Stream content, string url, CancellationToken cancel)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(content, cancellationToken: cancel);
            if (!document.RootElement.TryGetProperty("entries", out var entries) || entries.ValueKind != JsonValueKind.Array) throw Invalid(url, "it has no array 'entries'");
            return [.. entries.EnumerateArray().Select((entry, index) => ReadEntry(entry, index, url))];
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw Invalid(url, broken.Message);
        }
    }

    private static ManifestEntry ReadEntry(JsonElement entry, int index, string url)
    {
        string? target = entry.TryGetProperty("url", out var value) ? value.GetString() : null;
        if (target is null || S3Url.TryParse(target) is not { Key.Length: > 0 } location) throw Invalid(url, $"entry {index} has no url of the form s3://bucket/key");
        bool isMandatory = entry.TryGetProperty("mandatory", out var mandatory) && mandatory.GetBoolean();
        long? length = entry.TryGetProperty("meta", out var meta) && meta.TryGetProperty("content_length", out var bytes) ? bytes.GetInt64() : null;
        return new ManifestEntry(new LoadObject(location.Bucket, location.Key), isMandatory, length);
    }

    private static SqlErrorException Invalid(string url, string reason) => CopyFailure.Of($"Problem parsing manifest file - {reason}", url);
}
