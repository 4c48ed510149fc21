using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>
/// A worker's hold on a task instance: kept by <see cref="Leases"/> while the attempt runs, lost when a renewal is refused (cleared,
/// marked, taken by another worker) or when the database could not be asked for as long as the lease lasts.
/// </summary>
internal sealed class Lease(Leases leases, Hold hold, long renewedAt, CancellationTokenRegistration hint) : IDisposable
{
    // Never disposed: a renewal that is under way may still signal it after the attempt has ended. It has no timer.
    private readonly CancellationTokenSource _lost = new();

    /// <summary>Of what, under which token.</summary>
    public Hold Hold => hold;

    /// <summary>Signalled when the attempt no longer holds its task instance.</summary>
    public CancellationToken Lost => _lost.Token;

    /// <summary>The clock's timestamp before the last renewal that succeeded.</summary>
    public long RenewedAt { get; private set; } = renewedAt;

    public void Renewed(long timestamp) => RenewedAt = timestamp;

    /// <summary>True when it was lost because it could not be renewed in time, and not because a renewal was refused.</summary>
    public bool HasRunOut { get; private set; }

    /// <summary>Its attempt no longer holds the task instance.</summary>
    // Not waited for: what hangs on it, such as cancelling a statement over the network, may take long or throw, and other leases must be renewed meanwhile.
    public void Lose() => _ = _lost.CancelAsync();

    /// <summary>As <see cref="Lose"/>, because the database could not be asked.</summary>
    public void RunOut()
    {
        HasRunOut |= !_lost.IsCancellationRequested;
        Lose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        hint.Dispose();
        leases.Release(this);
    }
}
