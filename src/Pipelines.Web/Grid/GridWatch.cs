using System.Threading.Channels;

namespace Pipelines.Web.Grid;

/// <summary>One who looks at a DAG. Who reads too slowly is told to load everything again instead of the messages it missed.</summary>
internal sealed class GridWatch(Action<GridWatch> gone) : IDisposable
{
    /// <summary>Messages that may wait for a slow reader.</summary>
    public const int Longest = 64;

    private readonly Channel<byte[]> _messages = Channel.CreateBounded<byte[]>(Longest);

    /// <summary>Server-sent events as bytes, shared with everybody else who watches.</summary>
    public ChannelReader<byte[]> Messages => _messages.Reader;

    /// <summary>Never waits. Called by one at a time.</summary>
    public void Tell(byte[] message)
    {
        if (_messages.Writer.TryWrite(message)) return;
        while (_messages.Reader.TryRead(out _)) { }
        _messages.Writer.TryWrite(GridEvents.Reload);
    }

    /// <summary>Ends the watch.</summary>
    public void Dispose() => gone(this);
}
