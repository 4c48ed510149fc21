using System.Buffers;
using System.Security.Cryptography;

namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>A body that is on disk but under no key yet. Committing it is one rename; disposing it uncommitted deletes it.</summary>
internal sealed class StagedObject : IDisposable
{
    private const int BufferSize = 128 * 1024;

    private readonly IncrementalHash? _md5;
    private readonly RunningChecksum? _checksum;
    private readonly ChecksumAlgorithm? _algorithm;
    private readonly string _path;
    private readonly FileStream _file;

    /// <param name="path">Where it is until it is moved.</param>
    /// <param name="algorithm">The checksum to compute; null: none.</param>
    /// <param name="hasETag">False where the bytes were hashed before, as parts.</param>
    public StagedObject(string path, ChecksumAlgorithm? algorithm, bool hasETag)
    {
        _md5 = hasETag ? IncrementalHash.CreateHash(HashAlgorithmName.MD5) : null;
        _path = path;
        _algorithm = algorithm;
        _checksum = algorithm is { } wanted ? new RunningChecksum(wanted) : null;
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
    }

    public long Size { get; private set; }

    /// <summary>MD5 of the bytes so far, lower-case hex; empty where it is not computed.</summary>
    public string ETag => _md5 is null ? "" : Convert.ToHexStringLower(_md5.GetCurrentHash());

    /// <summary>The checksum of the bytes so far, if one was asked for.</summary>
    public StoredChecksum? Checksum => _checksum is null ? null : new(_algorithm!.Value, Convert.ToBase64String(_checksum.Digest()));

    public async Task AppendAsync(Stream content, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            int read;
            while ((read = await content.ReadAtLeastAsync(buffer, BufferSize, throwOnEndOfStream: false, cancellationToken)) > 0)
            {
                _md5?.AppendData(buffer, 0, read);
                _checksum?.Append(buffer.AsSpan(0, read));
                await _file.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
                Size += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes the record and closes the file: it is whole, and only its name is missing.</summary>
    public async Task SealAsync(ObjectRecord record, CancellationToken cancellationToken)
    {
        await ObjectFile.WriteRecordAsync(_file, record, cancellationToken);
        await _file.DisposeAsync();
    }

    /// <summary>Puts the sealed file in its place, over whatever was there.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder of <paramref name="path"/> does not exist (any more).</exception>
    public void MoveTo(string path) => File.Move(_path, path, overwrite: true);

    public void Dispose()
    {
        _file.Dispose();
        _md5?.Dispose();
        _checksum?.Dispose();
        // After MoveTo the name is free again and this deletes nothing.
        File.Delete(_path);
    }
}
