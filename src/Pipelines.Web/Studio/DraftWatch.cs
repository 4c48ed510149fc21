using System.Threading.Channels;
using Pipelines.Api.Live;
using Pipelines.Web.Live;

namespace Pipelines.Web.Studio;

/// <summary>One editor that is open on a DAG. It hears that something changed, once for a burst; what it is the browser asks for.</summary>
internal sealed class DraftWatch : IDisposable
{
    /// <summary>The DAG, its file or its draft changed.</summary>
    public static readonly byte[] Changed = "event: changed\ndata: dag\n\n"u8.ToArray();

    private readonly Lock _gate = new();
    private readonly Channel<byte[]> _messages = Channel.CreateBounded<byte[]>(1);
    private readonly IDisposable _subscription;
    private readonly ITimer _heart;

    public DraftWatch(LiveFeed feed, TimeProvider time, string dagId)
    {
        _subscription = feed.Subscribe(change =>
        {
            if (change.Everything || change.DagId == dagId) Tell();
        });
        // Whatever waits to be sent keeps the connection alive as well.
        _heart = time.CreateTimer(_ => { lock (_gate) _messages.Writer.TryWrite(EventStream.Heartbeat); }, null, EventStream.BetweenHeartbeats, EventStream.BetweenHeartbeats);
        // A connection that dropped may have missed something.
        Tell();
    }

    /// <summary>Events as bytes; at most one waits.</summary>
    public ChannelReader<byte[]> Messages => _messages.Reader;

    /// <inheritdoc/>
    public void Dispose()
    {
        _subscription.Dispose();
        _heart.Dispose();
    }

    private void Tell()
    {
        lock (_gate)
        {
            _messages.Reader.TryRead(out _);
            _messages.Writer.TryWrite(Changed);
        }
    }
}
