namespace Pipelines.UnitTests.LocalCloud.Redshift;

/// <summary>A stream that hands out its bytes in pieces of the given sizes, over and over.</summary>
internal sealed class Trickle(byte[] content, int[] sizes) : MemoryStream(content)
{
    private int _turn;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        base.ReadAsync(buffer[..Math.Min(buffer.Length, sizes[_turn++ % sizes.Length])], cancellationToken);
}
