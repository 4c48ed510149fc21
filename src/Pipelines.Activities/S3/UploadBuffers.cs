using System.Collections.Concurrent;

namespace Pipelines.Activities.S3;

/// <summary>
/// The memory of all uploads of one extract: whoever fills a buffer waits until one is free, so memory stays the same however fast the
/// source and however slow S3.
/// </summary>
internal sealed class UploadBuffers : IDisposable
{
    /// <summary>Bytes per buffer, S3's smallest part: with its limit of 10,000 parts a file may reach 48 GiB.</summary>
    public const int Size = 5 * 1024 * 1024;

    /// <summary>One is filled while the others are on their way.</summary>
    private const int Count = 4;

    private readonly SemaphoreSlim _free = new(Count);

    // Kept here and not in a shared pool: that keeps arrays per thread, so that it grows with the threads that return them.
    private readonly ConcurrentStack<byte[]> _returned = [];

    /// <summary>A buffer, as soon as one is free.</summary>
    public async ValueTask<byte[]> RentAsync(CancellationToken cancellation)
    {
        await _free.WaitAsync(cancellation);
        return _returned.TryPop(out var buffer) ? buffer : GC.AllocateUninitializedArray<byte>(Size);
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(byte[] buffer)
    {
        _returned.Push(buffer);
        _free.Release();
    }

    public void Dispose() => _free.Dispose();
}
