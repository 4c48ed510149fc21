using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>An upload in parts that is not completed yet.</summary>
/// <param name="Algorithm">The checksum declared when it was created.</param>
/// <param name="Composite">Whether the object's checksum will be of the parts' checksums.</param>
internal sealed record PendingUpload(
    string UploadId, string Key, DateTimeOffset Initiated, ImmutableSortedDictionary<string, string> Headers, ChecksumAlgorithm? Algorithm, bool Composite);

/// <summary>One uploaded part.</summary>
internal sealed record UploadedPart(int Number, ObjectRecord Record);

/// <summary>A part as the completing request names it.</summary>
/// <param name="Checksum">To be compared with the part's own, if given.</param>
internal sealed record NamedPart(int Number, string ETag, StoredChecksum? Checksum);

/// <summary>
/// Uploads in parts: a folder per upload inside its bucket's, an object file per part. An upload ends when its folder goes, so a part that arrives late
/// finds nowhere to go.
/// </summary>
internal sealed class MultipartUploads(ObjectStore store)
{
    public const int MaxParts = 10_000;
    public const long SmallestPart = 5 * 1024 * 1024;

    public PendingUpload Create(
        string bucket, string key, ImmutableSortedDictionary<string, string> headers, ChecksumAlgorithm? algorithm, bool composite)
    {
        store.VerifyKey(bucket, key);
        var upload = new PendingUpload(Guid.NewGuid().ToString("N"), key, store.Now(), headers, algorithm, composite);
        var folder = Directory.CreateDirectory(FolderOf(bucket, upload.UploadId)).FullName;
        var description = Path.Combine(folder, "upload.json");
        File.WriteAllText(description + ".new", JsonSerializer.Serialize(upload));
        File.Move(description + ".new", description);
        return upload;
    }

    /// <exception cref="S3Failure">NoSuchBucket, NoSuchUpload.</exception>
    public PendingUpload Find(string bucket, string key, string uploadId)
    {
        var upload = Guid.TryParseExact(uploadId, "N", out _) ? Read(FolderOf(bucket, uploadId)) : null;
        return upload?.Key == key ? upload : throw S3Failure.NoSuchUpload(uploadId);
    }

    public IReadOnlyList<PendingUpload> List(string bucket)
    {
        var folder = Path.Combine(store.FolderOf(bucket), "uploads");
        return !Directory.Exists(folder)
            ? []
            : [.. Directory.EnumerateDirectories(folder).Select(Read).OfType<PendingUpload>()
                .OrderBy(upload => upload.Key, KeyOrder.Instance).ThenBy(upload => upload.UploadId, StringComparer.Ordinal)];
    }

    /// <exception cref="S3Failure">NoSuchUpload.</exception>
    public async Task<ObjectRecord> PutPartAsync(
        string bucket, PendingUpload upload, int number, StagedObject staged, CancellationToken cancellationToken)
    {
        var record = store.Describe(upload.Key, staged);
        await staged.SealAsync(record, cancellationToken);
        try
        {
            staged.MoveTo(PartFile(bucket, upload.UploadId, number));
            return record;
        }
        catch (DirectoryNotFoundException)
        {
            throw S3Failure.NoSuchUpload(upload.UploadId);
        }
    }

    public IReadOnlyList<UploadedPart> Parts(string bucket, PendingUpload upload)
    {
        try
        {
            return [.. Directory.EnumerateFiles(FolderOf(bucket, upload.UploadId), "*.part").Order(StringComparer.Ordinal)
                .Select(path => new UploadedPart(NumberOf(path), ObjectFile.ReadRecord(path)))];
        }
        catch (Exception gone) when (gone is DirectoryNotFoundException or FileNotFoundException)
        {
            throw S3Failure.NoSuchUpload(upload.UploadId);
        }
    }

    /// <summary>Joins the named parts into the object. The parts not named are dropped with the upload.</summary>
    /// <param name="expected">The object's checksum as the client knows it; null: it did not say.</param>
    /// <exception cref="S3Failure">InvalidPart, InvalidPartOrder, EntityTooSmall, BadDigest, PreconditionFailed, NoSuchUpload.</exception>
    public async Task<ObjectRecord> CompleteAsync(
        string bucket, PendingUpload upload, IReadOnlyList<NamedPart> named, StoredChecksum? expected, PutCondition condition, CancellationToken cancellationToken)
    {
        var parts = Match(named, Parts(bucket, upload));
        // Early, to spare the copying; the commit asks again.
        condition.Verify(upload.Key, store.Find(bucket, upload.Key));
        var algorithm = upload.Algorithm ?? expected?.Algorithm;
        var composite = upload.Algorithm is null ? expected?.Composite ?? false : upload.Composite;
        using var staged = store.Stage(bucket, upload.Key, composite ? null : algorithm, hasETag: false);
        foreach (var part in parts)
            await AppendPartAsync(bucket, upload, part, staged, cancellationToken);
        var record = store.Describe(upload.Key, staged) with
        {
            ETag = Checksums.ComposeETag([.. parts.Select(part => part.Record.ETag)]),
            Headers = upload.Headers,
            PartSizes = [.. parts.Select(part => part.Record.Size)],
            UploadId = upload.UploadId,
        };
        if (composite && algorithm is { } wanted)
            record = record with { Checksum = Compose(wanted, parts) };
        if (expected is not null && expected.Value != record.Checksum?.Value)
            throw S3Failure.BadDigest(Checksums.Header(expected.Algorithm));
        await store.CommitAsync(bucket, staged, record, condition, cancellationToken);
        Abort(bucket, upload);
        return record;
    }

    public void Abort(string bucket, PendingUpload upload)
    {
        var folder = FolderOf(bucket, upload.UploadId);
        try
        {
            // First under another name: what is half-deleted is no upload, and a late part finds no folder.
            Directory.Move(folder, folder + ".ended");
            Directory.Delete(folder + ".ended", recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Another request ended it at the same moment: it has ended, which is what was wanted.
        }
    }

    private static List<UploadedPart> Match(IReadOnlyList<NamedPart> named, IReadOnlyList<UploadedPart> uploaded)
    {
        var byNumber = uploaded.ToDictionary(part => part.Number);
        var parts = new List<UploadedPart>(named.Count);
        foreach (var name in named)
        {
            if (parts.Count > 0 && parts[^1].Number >= name.Number)
                throw S3Failure.Invalid("InvalidPartOrder", "The list of parts was not in ascending order; order it by part number.");
            if (!byNumber.TryGetValue(name.Number, out var part) || part.Record.ETag != name.ETag
                || (name.Checksum is { } checksum && part.Record.Checksum is { } own && checksum != own))
            {
                throw S3Failure.Invalid("InvalidPart", $"Part {name.Number} was not uploaded, or its ETag or checksum is another; upload it again.")
                    .With("PartNumber", name.Number.ToString(CultureInfo.InvariantCulture)).With("ETag", name.ETag);
            }

            parts.Add(part);
        }

        if (parts.SkipLast(1).FirstOrDefault(part => part.Record.Size < SmallestPart) is { } small)
        {
            throw S3Failure.Invalid("EntityTooSmall", $"Part {small.Number} is smaller than {SmallestPart} bytes; only the last part may be.")
                .With("ProposedSize", small.Record.Size.ToString(CultureInfo.InvariantCulture));
        }

        return parts;
    }

    private static StoredChecksum Compose(ChecksumAlgorithm algorithm, IReadOnlyList<UploadedPart> parts)
    {
        if (parts.FirstOrDefault(part => part.Record.Checksum?.Algorithm != algorithm) is { } bare)
            throw new S3Failure(HttpStatusCode.BadRequest, "InvalidRequest", $"Part {bare.Number} has no {Checksums.Name(algorithm)} checksum; upload it again with one.");
        return new(algorithm, Checksums.Compose(algorithm, [.. parts.Select(part => part.Record.Checksum!.Value)]), Composite: true);
    }

    private async Task AppendPartAsync(string bucket, PendingUpload upload, UploadedPart part, StagedObject staged, CancellationToken cancellationToken)
    {
        try
        {
            using var content = ObjectFile.Open(PartFile(bucket, upload.UploadId, part.Number));
            if (content.Record.ETag != part.Record.ETag)
                throw S3Failure.Invalid("InvalidPart", $"Part {part.Number} was overwritten while the upload was being completed.");
            await using var body = content.OpenBody();
            await staged.AppendAsync(body, cancellationToken);
        }
        catch (Exception gone) when (gone is DirectoryNotFoundException or FileNotFoundException)
        {
            throw S3Failure.NoSuchUpload(upload.UploadId);
        }
    }

    private static PendingUpload? Read(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<PendingUpload>(File.ReadAllText(Path.Combine(folder, "upload.json")));
        }
        catch (Exception gone) when (gone is DirectoryNotFoundException or FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    private static int NumberOf(string path) => int.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture);

    private string FolderOf(string bucket, string uploadId) => Path.Combine(store.FolderOf(bucket), "uploads", uploadId);

    private string PartFile(string bucket, string uploadId, int number) => Path.Combine(FolderOf(bucket, uploadId), $"{number:D5}.part");
}
