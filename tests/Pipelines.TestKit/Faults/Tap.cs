using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Pipelines.TestKit.Faults;

/// <summary>One connection through a <see cref="Wiretap{T}"/>: requests are read one by one, answers pass as they come.</summary>
internal abstract class Tap<T>(Wiretap<T> wiretap, Socket client, Socket server)
{
    private const int BlockSize = 64 * 1024;

    private readonly IPEndPoint _client = (IPEndPoint)client.RemoteEndPoint!;
    private readonly Stream _toClient = new NetworkStream(client);
    private (Trap<T> Trap, T What)? _atAnswer;

    protected PipeReader Requests { get; } = PipeReader.Create(new NetworkStream(client));

    protected Stream ToServer { get; } = new NetworkStream(server);

    protected Stream ToClient => _toClient;

    /// <summary>Until either side is gone.</summary>
    public async Task RunAsync()
    {
        await Task.WhenAll(UntilClosedAsync(PassRequestsAsync), UntilClosedAsync(PassAnswersAsync));
        client.Dispose();
        server.Dispose();
    }

    /// <summary>Closes both sides.</summary>
    public void Close()
    {
        client.Close(0);
        server.Close(0);
    }

    /// <summary>Reads the client's requests and passes them on; returns when the client has gone.</summary>
    protected abstract Task PassRequestsAsync();

    /// <summary>Asks the traps. Everything before this request must have been sent.</summary>
    /// <returns>What to do when the request's last byte is about to be sent.</returns>
    protected async Task<Action> InspectAsync(T what)
    {
        if (wiretap.Find(what) is not { } trap) return () => { };
        if (trap.Point == TrapPoint.Answer) return () => _atAnswer = (trap, what);
        if (!await trap.HoldAsync(what, _client)) throw new IOException("cut by a trap");
        return () => { };
    }

    /// <summary>Passes the buffered bytes on.</summary>
    protected async Task SendAsync(ReadOnlySequence<byte> bytes)
    {
        foreach (var block in bytes) await ToServer.WriteAsync(block);
    }

    private async Task PassAnswersAsync()
    {
        var block = new byte[BlockSize];
        while (await ToServer.ReadAsync(block) is var count and > 0)
        {
            if (_atAnswer is var (trap, what))
            {
                _atAnswer = null;
                if (!await trap.HoldAsync(what, _client)) return;
            }
            await _toClient.WriteAsync(block.AsMemory(0, count));
        }
    }

    private async Task UntilClosedAsync(Func<Task> pass)
    {
        try
        {
            await pass();
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException or SocketException or InvalidOperationException)
        {
            // A side has gone, or a trap cut the line.
        }
        finally
        {
            Close();
        }
    }
}
