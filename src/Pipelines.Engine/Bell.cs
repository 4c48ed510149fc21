using System.Threading.Channels;

namespace Pipelines.Engine;

/// <summary>Wakes a loop that sleeps. Rung before the loop sleeps it counts too, and rung many times it counts once.</summary>
internal sealed class Bell
{
    private readonly Channel<bool> _rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Ends the pause of whoever waits. Never waits itself.</summary>
    public void Ring() => _rung.Writer.TryWrite(true);

    /// <summary>Waits for the ring, at most so long; returns also when cancelled.</summary>
    public async Task WaitAsync(TimeSpan longest, TimeProvider time, CancellationToken cancellation)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await Task.WhenAny(Task.Delay(longest, time, pause.Token), _rung.Reader.WaitToReadAsync(pause.Token).AsTask());
        await pause.CancelAsync();
        _rung.Reader.TryRead(out _);
    }
}
