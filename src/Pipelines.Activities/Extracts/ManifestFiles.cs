using Pipelines.Activities.S3;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Extracts;

/// <summary>Compares what a manifest says of its files with what S3 holds.</summary>
internal static class ManifestFiles
{
    private const int AtATime = 8;

    /// <summary>Looks at every file.</summary>
    /// <exception cref="TaskFailure">A file is missing or was changed since the extract (not retryable).</exception>
    public static Task VerifyAsync(S3Store store, Manifest manifest, CancellationToken cancellation) => Parallel.ForEachAsync(
        manifest.Entries.Index(),
        new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = cancellation },
        async (item, stop) => Check(item.Item, manifest.Pipelines.EntityTags.ElementAtOrDefault(item.Index),
            await store.FindAsync(S3Url.Parse(item.Item.Url, "An entry of the manifest"), stop)));

    private static void Check(ManifestEntry entry, string? entityTag, StoredObject? stored)
    {
        const string next = "Nothing was loaded; clear the extract task to write the files again.";
        if (stored is null)
            throw new TaskFailure($"{entry.Url} is in the manifest but not in S3: a lifecycle rule or a person deleted it. {next}", retryable: false);
        if (stored.Bytes != entry.Meta.ContentLength)
            throw new TaskFailure($"{entry.Url} has {stored.Bytes} bytes, but the extract wrote {entry.Meta.ContentLength}: somebody changed it. {next}", retryable: false);
        if (entityTag is not null && stored.ETag is not null && stored.ETag != entityTag)
            throw new TaskFailure($"{entry.Url} is not the file that the extract wrote: its entity tag is {stored.ETag}, not {entityTag}. {next}", retryable: false);
    }
}
