using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Pipelines.TestKit.Faults;

/// <summary>
/// A TCP proxy on 127.0.0.1 whose traffic tests look at, hold up and cut, without a hook in the product: it stands where a connection
/// string or an endpoint points to.
/// </summary>
/// <typeparam name="T">What one request of its protocol is.</typeparam>
public abstract class Wiretap<T> : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _closing = new();
    private readonly ConcurrentDictionary<Tap<T>, Task> _taps = new();
    private readonly IPEndPoint _server;
    private readonly Task _accepting;
    private List<Trap<T>> _traps = [];

    private protected Wiretap(IPEndPoint server)
    {
        _server = server;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Waits for a request.</summary>
    /// <param name="wanted">Which; asked on the connection's own thread, so it must be quick.</param>
    /// <param name="point">Where to hold it up.</param>
    public Trap<T> Set(Func<T, bool> wanted, TrapPoint point = TrapPoint.Request)
    {
        var trap = new Trap<T>(wanted, point);
        lock (_listener) _traps = [.. _traps.Where(other => !other.Sprung.IsCompleted), trap];
        return trap;
    }

    /// <summary>Closes every connection that is open now; new ones may come.</summary>
    public void CutAll()
    {
        foreach (var tap in _taps.Keys) tap.Close();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        _listener.Stop();
        foreach (var trap in _traps) trap.Cut();
        CutAll();
        await _accepting;
        await Task.WhenAll(_taps.Values);
        _closing.Dispose();
        GC.SuppressFinalize(this);
    }

    internal Trap<T>? Find(T what)
    {
        foreach (var trap in Volatile.Read(ref _traps))
            if (trap.Takes(what)) return trap;
        return null;
    }

    private protected abstract Tap<T> Open(Socket client, Socket server);

    private async Task AcceptAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            try
            {
                _ = ConnectAsync(await _listener.AcceptSocketAsync(_closing.Token));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ConnectAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            (client.NoDelay, server.NoDelay) = (true, true);
            await server.ConnectAsync(_server);
        }
        catch (SocketException)
        {
            // As if nobody listened: the server is down.
            server.Dispose();
            client.Dispose();
            return;
        }

        var tap = Open(client, server);
        var ended = new TaskCompletionSource();
        _taps[tap] = ended.Task;
        await tap.RunAsync();
        _taps.TryRemove(tap, out _);
        ended.SetResult();
    }
}
