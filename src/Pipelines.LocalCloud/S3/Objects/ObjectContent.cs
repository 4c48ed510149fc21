namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>An object opened for reading: its record and its bytes as they were when it was opened, whatever is written meanwhile.</summary>
public sealed class ObjectContent : IDisposable
{
    private readonly FileStream _file;

    internal ObjectContent(ObjectRecord record, FileStream file)
    {
        Record = record;
        _file = file;
    }

    public ObjectRecord Record { get; }

    /// <summary>The body from its first byte to its last. The streams of one content share nothing, but end with it.</summary>
    public Stream OpenBody() => OpenRange(0, Record.Size);

    /// <param name="offset">First byte, from 0.</param>
    /// <param name="length">Number of bytes.</param>
    public Stream OpenRange(long offset, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Record.Size);
        return new FileRange(_file.SafeFileHandle, offset, length);
    }

    public void Dispose() => _file.Dispose();
}
