using System.IO.Compression;
using Pipelines.Model.Activities;
using ZstdSharp;

namespace Pipelines.Activities.Extracts;

/// <summary>How the files of an extract are compressed.</summary>
internal enum Compression
{
    None,
    Gzip,
    Zstd,
}

/// <summary>What each compression means for files, streams and COPY.</summary>
internal static class Compressions
{
    /// <summary>The names that DAG files and manifests use.</summary>
    public static IReadOnlyList<string> Names { get; } = ["gzip", "zstd", "none"];

    /// <summary>Reads a name.</summary>
    /// <exception cref="TaskFailure">Unknown name (not retryable).</exception>
    public static Compression Parse(string text) => text switch
    {
        "none" => Compression.None,
        "gzip" => Compression.Gzip,
        "zstd" => Compression.Zstd,
        _ => throw new TaskFailure($"Input 'compression' is '{text}' but must be gzip, zstd or none.", retryable: false),
    };

    /// <summary>The name of a compression.</summary>
    public static string Name(this Compression compression) => compression switch
    {
        Compression.Gzip => "gzip",
        Compression.Zstd => "zstd",
        _ => "none",
    };

    /// <summary>The end of file names.</summary>
    public static string Extension(this Compression compression) => compression switch
    {
        Compression.Gzip => ".csv.gz",
        Compression.Zstd => ".csv.zst",
        _ => ".csv",
    };

    /// <summary>The option of Redshift's COPY, or an empty text.</summary>
    public static string CopyOption(this Compression compression) => compression switch
    {
        Compression.Gzip => "GZIP",
        Compression.Zstd => "ZSTD",
        _ => "",
    };

    /// <summary>A stream that compresses what is written to it; disposing it leaves <paramref name="target"/> open.</summary>
    public static Stream Compress(this Compression compression, Stream target) => compression switch
    {
        Compression.Gzip => new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true),
        Compression.Zstd => new CompressionStream(target, level: 3, leaveOpen: true),
        _ => target,
    };
}
