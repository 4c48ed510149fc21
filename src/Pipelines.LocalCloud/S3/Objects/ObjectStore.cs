using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;

namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>
/// Buckets and objects in a folder, without HTTP: the S3 endpoint serves it, and the Redshift endpoint and <c>aws_s3</c> use it directly.
/// Safe for concurrent use. One process at a time may have a folder open.
/// </summary>
public sealed class ObjectStore : IDisposable
{
    /// <summary>The longest key, in bytes of UTF-8.</summary>
    public const int MaxKeyBytes = 1024;

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private readonly Lock _creation = new();
    private readonly string _bucketFolder;
    private readonly string _stagingFolder;
    private readonly FileStream _claim;

    private ObjectStore(string rootDirectory, TimeProvider clock)
    {
        Clock = clock;
        _bucketFolder = Directory.CreateDirectory(Path.Combine(rootDirectory, "buckets")).FullName;
        _stagingFolder = Directory.CreateDirectory(Path.Combine(rootDirectory, "staging")).FullName;
        _claim = Claim(rootDirectory);
    }

    /// <summary>All buckets by name.</summary>
    public IReadOnlyList<(string Name, DateTimeOffset Created)> Buckets =>
        [.. _buckets.Values.Select(bucket => (bucket.Name, bucket.Created)).OrderBy(bucket => bucket.Name, StringComparer.Ordinal)];

    internal TimeProvider Clock { get; }

    /// <summary>Opens the store in a folder, which is created if it is missing.</summary>
    /// <exception cref="IOException">The folder cannot be used, or another process has it open.</exception>
    public static ObjectStore Open(string rootDirectory, TimeProvider? clock = null)
    {
        var store = new ObjectStore(rootDirectory, clock ?? TimeProvider.System);
        // Whatever is staged was being written when the process before us ended.
        foreach (var left in Directory.EnumerateFiles(store._stagingFolder))
            File.Delete(left);
        foreach (var folder in Directory.EnumerateDirectories(store._bucketFolder))
        {
            if (Bucket.Open(folder) is { } bucket)
                store._buckets[bucket.Name] = bucket;
            else
                Directory.Delete(folder, recursive: true);
        }

        return store;
    }

    /// <summary>Creates a bucket; false: it exists already.</summary>
    /// <exception cref="S3Failure">InvalidBucketName.</exception>
    public bool CreateBucket(string bucket)
    {
        if (!Bucket.IsValidName(bucket))
        {
            throw S3Failure.Invalid("InvalidBucketName", $"The bucket name '{bucket}' is not valid: use 3 to 63 lower-case letters, digits, dots and hyphens.")
                .With("BucketName", bucket);
        }

        lock (_creation)
        {
            if (_buckets.ContainsKey(bucket))
                return false;
            _buckets[bucket] = Bucket.Create(Path.Combine(_bucketFolder, bucket), Clock.GetUtcNow());
            return true;
        }
    }

    public bool BucketExists(string bucket) => _buckets.ContainsKey(bucket);

    /// <summary>Deletes an empty bucket and its unfinished uploads; false: it holds objects and stays.</summary>
    /// <exception cref="S3Failure">NoSuchBucket.</exception>
    public bool DeleteBucket(string bucket)
    {
        lock (_creation)
            return Find(bucket).TryDelete() && _buckets.TryRemove(bucket, out _);
    }

    /// <summary>Writes an object, over the one that is there. Readers see the old one whole until the new one is whole.</summary>
    /// <param name="content">Read to its end; not disposed.</param>
    /// <param name="headers">Content-Type and its kin, <c>x-amz-meta-*</c>.</param>
    /// <exception cref="S3Failure">NoSuchBucket, KeyTooLongError.</exception>
    public async Task<ObjectRecord> PutAsync(
        string bucket, string key, Stream content, IReadOnlyDictionary<string, string>? headers = null, CancellationToken cancellationToken = default)
    {
        using var staged = await StageAsync(bucket, key, content, algorithm: null, cancellationToken);
        var kept = (headers ?? ImmutableDictionary<string, string>.Empty).ToImmutableSortedDictionary(
            header => header.Key.ToLowerInvariant(), header => header.Value, StringComparer.Ordinal);
        return await CommitAsync(bucket, staged, Describe(key, staged) with { Headers = kept }, PutCondition.None, cancellationToken);
    }

    /// <summary>Opens an object; dispose the content after its streams.</summary>
    /// <exception cref="S3Failure">NoSuchBucket, NoSuchKey.</exception>
    public ObjectContent OpenRead(string bucket, string key) => Find(bucket).OpenRead(key);

    /// <summary>What is known of an object; null: no such key.</summary>
    /// <exception cref="S3Failure">NoSuchBucket.</exception>
    public ObjectSummary? Find(string bucket, string key) => Find(bucket).Find(key);

    /// <summary>All objects whose keys start with a prefix, in UTF-8 order, a page of 1,000 at a time.</summary>
    /// <exception cref="S3Failure">NoSuchBucket.</exception>
    public IEnumerable<ObjectSummary> List(string bucket, string prefix = "")
    {
        string? after = null;
        do
        {
            var page = ListPage(bucket, new ListQuery(prefix, After: after));
            foreach (var summary in page.Objects)
                yield return summary;
            after = page.Next;
        }
        while (after is not null);
    }

    /// <exception cref="S3Failure">NoSuchBucket.</exception>
    public ListPage ListPage(string bucket, ListQuery query) => Find(bucket).List(query);

    /// <summary>Deletes an object; it is no error if there is none.</summary>
    /// <exception cref="S3Failure">NoSuchBucket.</exception>
    public void Delete(string bucket, string key) => Delete(bucket, key, PutCondition.None);

    public void Dispose() => _claim.Dispose();

    internal void Delete(string bucket, string key, PutCondition condition) => Find(bucket).Delete(key, condition);

    /// <summary>The folder of a bucket, where its uploads in parts are kept too.</summary>
    internal string FolderOf(string bucket) => Find(bucket).Folder;

    /// <summary>A body on its way into the store: on disk, with its digests, under no key.</summary>
    internal async Task<StagedObject> StageAsync(
        string bucket, string key, Stream content, ChecksumAlgorithm? algorithm, CancellationToken cancellationToken)
    {
        var staged = Stage(bucket, key, algorithm);
        try
        {
            await staged.AppendAsync(content, cancellationToken);
            return staged;
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }

    internal StagedObject Stage(string bucket, string key, ChecksumAlgorithm? algorithm, bool hasETag = true)
    {
        VerifyKey(bucket, key);
        return new StagedObject(Path.Combine(_stagingFolder, Guid.NewGuid().ToString("N")), algorithm, hasETag);
    }

    /// <exception cref="S3Failure">NoSuchBucket, KeyTooLongError.</exception>
    internal void VerifyKey(string bucket, string key)
    {
        Find(bucket);
        if (Encoding.UTF8.GetByteCount(key) > MaxKeyBytes)
            throw S3Failure.Invalid("KeyTooLongError", $"The key is longer than {MaxKeyBytes} bytes in UTF-8; choose a shorter one.");
    }

    internal DateTimeOffset Now() => DateTimeOffset.FromUnixTimeSeconds(Clock.GetUtcNow().ToUnixTimeSeconds());

    internal ObjectRecord Describe(string key, StagedObject staged) => new()
    {
        Key = key,
        Size = staged.Size,
        ETag = staged.ETag,
        LastModified = Now(),
        Checksum = staged.Checksum,
    };

    internal async Task<ObjectRecord> CommitAsync(
        string bucket, StagedObject staged, ObjectRecord record, PutCondition condition, CancellationToken cancellationToken)
    {
        await staged.SealAsync(record, cancellationToken);
        Find(bucket).Commit(staged, record, condition);
        return record;
    }

    private static FileStream Claim(string rootDirectory)
    {
        var path = Path.Combine(rootDirectory, "in-use");
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new IOException(
                $"The S3 folder {rootDirectory} is in use by another process; stop that one or choose another folder ({taken.Message}).", taken);
        }
    }

    private Bucket Find(string bucket) => _buckets.TryGetValue(bucket, out var found) ? found : throw S3Failure.NoSuchBucket(bucket);
}
