using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pipelines.Activities.Redshift;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Extracts;

/// <summary>
/// What an extract wrote, stored beside its files as the last object: no manifest, no data. The form is that of Redshift's
/// UNLOAD … MANIFEST VERBOSE, which COPY reads (it ignores keys it does not know); <see cref="Pipelines"/> is ours.
/// </summary>
internal sealed record Manifest
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        WriteIndented = true,
        // Object names and SQL are for people too; nothing here is ever put into HTML.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The files.</summary>
    public required IReadOnlyList<ManifestEntry> Entries { get; init; }

    /// <summary>The columns, as UNLOAD describes them.</summary>
    public required ManifestSchema Schema { get; init; }

    /// <summary>Totals.</summary>
    public required ManifestMeta Meta { get; init; }

    /// <summary>Where the data came from and how to read it.</summary>
    public required ExtractRecord Pipelines { get; init; }

    /// <summary>Describes finished files.</summary>
    public static Manifest Of(IReadOnlyList<PartFile> files, long rows, ExtractRecord record) => new()
    {
        Entries = [.. files.Select(file => new ManifestEntry(file.Url.ToString(), true, new ManifestMeta(file.Bytes, file.Rows)))],
        Schema = new ManifestSchema([.. record.Columns.Select(column => new ManifestElement(column.Name, RedshiftType.Parse(column.TargetType).ToManifest()))]),
        Meta = new ManifestMeta(files.Sum(file => file.Bytes), rows),
        Pipelines = record with { EntityTags = [.. files.Select(file => file.ETag)] },
    };

    /// <summary>As stored.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads a stored manifest.</summary>
    /// <exception cref="TaskFailure">Not a manifest of ours, or one that contradicts itself (not retryable).</exception>
    public static Manifest Parse(string json, string url)
    {
        Manifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<Manifest>(json, Json) ?? throw new JsonException("it is null");
        }
        catch (JsonException error)
        {
            throw new TaskFailure($"{url} is no manifest that ExtractToS3 wrote: {error.Message} Name the manifest of an extract, or clear the extract task to write a new one.", retryable: false, inner: error);
        }
        manifest.Check(url);
        return manifest;
    }

    private void Check(string url)
    {
        var bytes = Entries.Sum(entry => entry.Meta.ContentLength);
        var rows = Entries.All(entry => entry.Meta.RecordCount is not null) ? Entries.Sum(entry => entry.Meta.RecordCount) : Meta.RecordCount;
        if (bytes != Meta.ContentLength || rows != Meta.RecordCount || Meta.RecordCount is null)
            throw new TaskFailure(
                $"{url} contradicts itself: its files sum up to {rows} rows and {bytes} bytes, its total says {Meta.RecordCount} rows and {Meta.ContentLength} bytes. " +
                "Somebody changed it; clear the extract task to write a new one.",
                retryable: false);
    }
}

/// <summary>One file.</summary>
/// <param name="Url">s3://bucket/key.</param>
/// <param name="Mandatory">Always true: a load without this file must fail.</param>
/// <param name="Meta">Its size and rows.</param>
internal sealed record ManifestEntry([property: JsonRequired] string Url, bool Mandatory, [property: JsonRequired] ManifestMeta Meta);

/// <summary>Bytes as stored, and rows; null rows: not known per file.</summary>
internal sealed record ManifestMeta([property: JsonRequired] long ContentLength, long? RecordCount);

/// <summary>The columns.</summary>
internal sealed record ManifestSchema(IReadOnlyList<ManifestElement> Elements);

/// <summary>One column.</summary>
internal sealed record ManifestElement(string Name, JsonObject Type);
