using Amazon.S3;
using Amazon.S3.Model;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.S3;

/// <summary>
/// One object, written as a stream: full buffers are sent in the background while the next one is filled. An object that fits one
/// buffer is a single PUT. S3 verifies each body by its CRC-32C. The object appears only with <see cref="FinishAsync"/>.
/// </summary>
internal sealed class ObjectUpload(S3Store store, S3Url url, UploadBuffers buffers) : Stream
{
    private readonly List<Task<PartETag>> _parts = [];
    private byte[]? _buffer;
    private int _filled;
    private long _length;
    private string? _uploadId;
    private bool _finished;

    /// <summary>Where the object will be.</summary>
    public S3Url Url => url;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    /// <summary>Bytes written so far.</summary>
    public override long Length => _length;

    public override long Position { get => _length; set => throw new NotSupportedException(); }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            _buffer ??= await buffers.RentAsync(cancellationToken);
            var count = Math.Min(buffer.Length, UploadBuffers.Size - _filled);
            buffer[..count].CopyTo(_buffer.AsMemory(_filled));
            buffer = buffer[count..];
            _filled += count;
            _length += count;
            if (_filled == UploadBuffers.Size) await SendPartAsync(cancellationToken);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Sends the rest and makes the object visible.</summary>
    /// <returns>The object's entity tag.</returns>
    public async Task<string> FinishAsync(CancellationToken cancellation)
    {
        if (_uploadId is null) return await PutAsync(cancellation);
        if (_filled > 0) await SendPartAsync(cancellation);
        var parts = await Task.WhenAll(_parts);
        var response = await store.SortedAsync($"write {url}", () => store.Client.CompleteMultipartUploadAsync(
            new CompleteMultipartUploadRequest { BucketName = url.Bucket, Key = url.Key, UploadId = _uploadId, PartETags = [.. parts] }, cancellation));
        _finished = true;
        return response.ETag;
    }

    /// <summary>Gives the object up. Never throws for what S3 says: the error that led here is the one to report.</summary>
    public async Task AbortAsync(CancellationToken cancellation)
    {
        ReturnBuffer();
        // Parts that arrive after the abort would be stored, and paid for, until a lifecycle rule removes them.
        await Task.WhenAll(_parts).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (_uploadId is null || _finished) return;
        try
        {
            await store.AbortUploadAsync(url, _uploadId, cancellation);
        }
        catch (Exception error) when (error is TaskFailure or OperationCanceledException)
        {
        }
    }

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Writing may have to wait for S3: use WriteAsync.");

    private async Task<string> PutAsync(CancellationToken cancellation)
    {
        try
        {
            using var body = new MemoryStream(_buffer ?? [], 0, _filled, writable: false, publiclyVisible: true);
            var request = new PutObjectRequest
            {
                BucketName = url.Bucket,
                Key = url.Key,
                InputStream = body,
                ChecksumCRC32C = Crc32C.Of(body.GetBuffer().AsSpan(0, _filled)),
                UseChunkEncoding = false,
                DisablePayloadSigning = store.IsEncrypted,
            };
            return (await store.SortedAsync($"write {url}", () => store.Client.PutObjectAsync(request, cancellation))).ETag;
        }
        finally
        {
            ReturnBuffer();
        }
    }

    private async Task SendPartAsync(CancellationToken cancellation)
    {
        // A part that failed is reported here, at the next full buffer, and not only at the end of the file.
        if (_parts.Find(part => part.IsFaulted) is { } failed) await failed;
        _uploadId ??= (await store.SortedAsync($"write {url}", () => store.Client.InitiateMultipartUploadAsync(
            new InitiateMultipartUploadRequest { BucketName = url.Bucket, Key = url.Key, ChecksumAlgorithm = ChecksumAlgorithm.CRC32C }, cancellation))).UploadId;
        var (buffer, length) = (_buffer!, _filled);
        (_buffer, _filled) = (null, 0);
        _parts.Add(UploadPartAsync(_parts.Count + 1, buffer, length, cancellation));
    }

    private async Task<PartETag> UploadPartAsync(int number, byte[] buffer, int length, CancellationToken cancellation)
    {
        try
        {
            // The SDK hashes the part before its first await; that must not hold up the compressor.
            await Task.Yield();
            using var body = new MemoryStream(buffer, 0, length);
            var request = new UploadPartRequest
            {
                BucketName = url.Bucket,
                Key = url.Key,
                UploadId = _uploadId,
                PartNumber = number,
                InputStream = body,
                PartSize = length,
                ChecksumCRC32C = Crc32C.Of(buffer.AsSpan(0, length)),
                UseChunkEncoding = false,
                DisablePayloadSigning = store.IsEncrypted,
            };
            var response = await store.SortedAsync($"write {url}", () => store.Client.UploadPartAsync(request, cancellation));
            return new PartETag(number, response.ETag) { ChecksumCRC32C = request.ChecksumCRC32C };
        }
        finally
        {
            buffers.Return(buffer);
        }
    }

    private void ReturnBuffer()
    {
        if (_buffer is not null) buffers.Return(_buffer);
        (_buffer, _filled) = (null, 0);
    }
}
