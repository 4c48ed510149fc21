using Pipelines.Activities.S3;

namespace Pipelines.Activities.Extracts;

/// <summary>One finished file of an extract.</summary>
/// <param name="Url">Where it is.</param>
/// <param name="Bytes">Its size as stored.</param>
/// <param name="Rows">Its rows; null when the writer did not say (RDS does not, for more than one file).</param>
/// <param name="ETag">S3's entity tag: changes when anybody overwrites the file.</param>
internal sealed record PartFile(S3Url Url, long Bytes, long? Rows, string? ETag);

/// <summary>
/// Cuts a stream of CSV at row ends into files of about the target size, compresses and uploads them. A file is finished in the
/// background while the next one is written. No rows, no file.
/// </summary>
internal sealed class PartFiles(S3Store store, S3Url folder, Compression compression, long targetBytes) : IAsyncDisposable
{
    private readonly UploadBuffers _buffers = new();
    private readonly List<Task<PartFile>> _finishing = [];
    private readonly List<ObjectUpload> _uploads = [];
    private CsvRowScanner _scanner;
    private Stream? _compressor;
    private ObjectUpload? _upload;
    private long _rowsBefore;
    private long _finishedBytes;
    private bool _endsAtRow = true;

    /// <summary>Rows seen so far.</summary>
    public long Rows => _scanner.Rows;

    /// <summary>Bytes handed to S3 so far.</summary>
    public long Bytes => _finishedBytes + (_upload?.Length ?? 0);

    /// <summary>Files whose last row is written.</summary>
    public int Files => _finishing.Count;

    /// <summary>Writes the next bytes of the stream.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> csv, CancellationToken cancellation)
    {
        if (csv.IsEmpty) return;
        var rowEnd = _scanner.Scan(csv.Span);
        _endsAtRow = rowEnd == csv.Length;
        if (_upload?.Length >= targetBytes && rowEnd > 0)
        {
            await WriteAsync(csv[..rowEnd], cancellation);
            await CloseFileAsync(cancellation);
            csv = csv[rowEnd..];
        }
        await WriteAsync(csv, cancellation);
    }

    /// <summary>Finishes the last file and waits for all of them.</summary>
    /// <exception cref="InvalidDataException">The stream ended inside a row.</exception>
    public async Task<IReadOnlyList<PartFile>> FinishAsync(CancellationToken cancellation)
    {
        if (!_endsAtRow) throw new InvalidDataException("The COPY stream ended inside a row.");
        if (_upload is not null) await CloseFileAsync(cancellation);
        return await Task.WhenAll(_finishing);
    }

    /// <summary>Gives up whatever is not finished; files that are stay until somebody deletes them.</summary>
    public async Task AbortAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(_finishing).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        foreach (var upload in _uploads) await upload.AbortAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var upload in _uploads) await upload.DisposeAsync();
        _buffers.Dispose();
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> csv, CancellationToken cancellation)
    {
        if (csv.IsEmpty) return;
        if (_compressor is null) OpenFile();
        await _compressor!.WriteAsync(csv, cancellation);
    }

    private void OpenFile()
    {
        var url = folder with { Key = $"{folder.Key}part-{_uploads.Count:00000}{compression.Extension()}" };
        _upload = new ObjectUpload(store, url, _buffers);
        _uploads.Add(_upload);
        _compressor = compression.Compress(_upload);
    }

    private async Task CloseFileAsync(CancellationToken cancellation)
    {
        if (!ReferenceEquals(_compressor, _upload)) await _compressor!.DisposeAsync();
        var (upload, rows) = (_upload!, _scanner.Rows - _rowsBefore);
        _rowsBefore = _scanner.Rows;
        _finishedBytes += upload.Length;
        (_upload, _compressor) = (null, null);
        _finishing.Add(FinishFileAsync(upload, rows, cancellation));
    }

    private static async Task<PartFile> FinishFileAsync(ObjectUpload upload, long rows, CancellationToken cancellation)
    {
        // The SDK hashes a small file before its first await; that must not hold up the next file.
        await Task.Yield();
        var entityTag = await upload.FinishAsync(cancellation);
        return new PartFile(upload.Url, upload.Length, rows, entityTag);
    }
}
