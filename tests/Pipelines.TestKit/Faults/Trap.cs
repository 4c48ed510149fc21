using System.Net;

namespace Pipelines.TestKit.Faults;

/// <summary>Where a trap holds a request up.</summary>
public enum TrapPoint
{
    /// <summary>Before the server sees it.</summary>
    Request,

    /// <summary>After the server has done it, before its answer reaches the client.</summary>
    Answer,
}

/// <summary>
/// Waits for one request on its way through a proxy and holds it up until the test lets it go on, or cuts its connection. It springs
/// once; what comes later passes.
/// </summary>
/// <typeparam name="T">What is looked at: a statement or an HTTP request.</typeparam>
public sealed class Trap<T> : IDisposable
{
    private readonly TaskCompletionSource<Caught<T>> _sprung = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<bool> _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<T, bool> _wanted;
    private int _taken;

    internal Trap(Func<T, bool> wanted, TrapPoint point) => (_wanted, Point) = (wanted, point);

    /// <summary>Ends when something is caught; it stands still from then on.</summary>
    public Task<Caught<T>> Sprung => _sprung.Task;

    internal TrapPoint Point { get; }

    /// <summary>Lets it go on.</summary>
    public void Release() => _goesOn.TrySetResult(true);

    /// <summary>Closes its connection on both sides; nothing that was held up goes on.</summary>
    public void Cut() => _goesOn.TrySetResult(false);

    /// <summary>Catches nothing more, and lets go of what it caught.</summary>
    public void Dispose()
    {
        Interlocked.Exchange(ref _taken, 1);
        Release();
    }

    /// <summary>True for the first thing that is wanted.</summary>
    internal bool Takes(T what) => Volatile.Read(ref _taken) == 0 && _wanted(what) && Interlocked.Exchange(ref _taken, 1) == 0;

    /// <summary>Says that it stands still now and waits.</summary>
    /// <returns>False: cut the connection.</returns>
    internal Task<bool> HoldAsync(T what, IPEndPoint client)
    {
        _sprung.TrySetResult(new Caught<T>(what, client));
        return _goesOn.Task;
    }
}

/// <summary>What a trap holds.</summary>
/// <param name="What">The statement or request.</param>
/// <param name="Client">The address that the client's process connected from, see <see cref="SocketOwner"/>.</param>
public sealed record Caught<T>(T What, IPEndPoint Client);
