namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>Rows in the text format of PostgreSQL's COPY, until they are sent.</summary>
internal sealed class RowBuffer
{
    private byte[] _bytes = new byte[128 * 1024];
    private int _rowStart;

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    public void BeginRow() => _rowStart = Length;

    public void TakeBackRow() => Length = _rowStart;

    public void Clear() => Length = 0;

    public void Append(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    public void Append(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(_bytes.AsSpan(Length));
        Length += value.Length;
    }

    public void AppendNull() => Append("\\N"u8);

    /// <summary>Appends text, with the characters escaped that mean something to COPY.</summary>
    public void AppendEscaped(ReadOnlySpan<byte> value)
    {
        while (true)
        {
            int special = value.IndexOfAny("\\\n\r\t"u8);
            if (special < 0) break;
            Append(value[..special]);
            Append((byte)'\\');
            Append(value[special] switch { (byte)'\n' => (byte)'n', (byte)'\r' => (byte)'r', (byte)'\t' => (byte)'t', var other => other });
            value = value[(special + 1)..];
        }
        Append(value);
    }

    private void Reserve(int bytes)
    {
        if (Length + bytes > _bytes.Length) Array.Resize(ref _bytes, Math.Max(Length + bytes, _bytes.Length * 2));
    }
}
