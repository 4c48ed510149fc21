using System.IO.Compression;
using Pipelines.LocalCloud.Redshift.Wire;
using Pipelines.LocalCloud.S3;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>Finds the objects a COPY means and opens them, decompressed.</summary>
internal sealed class LoadSource(ObjectStore store, CopyCommand command)
{
    /// <summary>The objects in the order in which they are loaded.</summary>
    /// <exception cref="SqlErrorException">Nothing to load, or the manifest cannot be trusted.</exception>
    public async Task<IReadOnlyList<LoadObject>> FindAsync(CancellationToken cancel)
    {
        try
        {
            return command.IsManifest ? await ReadManifestAsync(cancel) : FindByPrefix();
        }
        catch (S3Failure failure)
        {
            throw Refusal(failure, command.Url, command.IsManifest ? "Problem reading manifest file - " : "");
        }
    }

    /// <summary>Opens an object for reading; disposing the stream closes it.</summary>
    public Stream Open(LoadObject part)
    {
        try
        {
            var body = new ObjectStream(store.OpenRead(part.Bucket, part.Key));
            return command.Compression switch
            {
                CopyCompression.Gzip => new GZipStream(body, CompressionMode.Decompress),
                CopyCompression.Zstd => new ZstdSharp.DecompressionStream(body, leaveOpen: false),
                _ => body,
            };
        }
        catch (S3Failure failure)
        {
            throw Refusal(failure, part.Url);
        }
    }

    private List<LoadObject> FindByPrefix()
    {
        var found = store.List(command.Bucket, command.Key).Select(summary => new LoadObject(command.Bucket, summary.Key)).ToList();
        return found.Count > 0 ? found : throw CopyFailure.Of($"The specified S3 prefix '{command.Key}' does not exist");
    }

    private async Task<IReadOnlyList<LoadObject>> ReadManifestAsync(CancellationToken cancel)
    {
        using var content = store.OpenRead(command.Bucket, command.Key);
        await using var body = content.OpenBody();
        var entries = await LoadManifest.ReadAsync(body, command.Url, cancel);
        var parts = new List<LoadObject>();
        foreach (var entry in entries)
            if (Check(entry)) parts.Add(entry.Object);
        return parts.Count > 0 ? parts : throw CopyFailure.Of($"The manifest {command.Url} names no object that exists");
    }

    /// <returns>False when the object is missing and may be.</returns>
    private bool Check(ManifestEntry entry)
    {
        if (store.Find(entry.Object.Bucket, entry.Object.Key) is not { } found)
        {
            return !entry.IsMandatory ? false
                : throw Refusal(S3Failure.NoSuchKey(entry.Object.Key), entry.Object.Url);
        }
        if (entry.ContentLength is { } expected && expected != found.Size)
            throw CopyFailure.Of($"The file {entry.Object.Url} has {found.Size} bytes, but meta.content_length in the manifest says {expected}", entry.Object.Url);
        return true;
    }

    private static SqlErrorException Refusal(S3Failure failure, string url, string before = "") => failure.Code switch
    {
        "NoSuchBucket" => CopyFailure.Of($"{before}S3ServiceException:The specified bucket does not exist,Status 404,Error NoSuchBucket", url),
        "NoSuchKey" => CopyFailure.Of($"{before}S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey", url),
        _ => CopyFailure.Of($"{before}S3ServiceException:{failure.Message},Status {(int)failure.Status},Error {failure.Code}", url),
    };
}
