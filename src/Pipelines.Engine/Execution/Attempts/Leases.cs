using System.Collections.Concurrent;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Keeps the leases of all attempts that a worker runs: one statement renews them all, however many they are, and none is sent while none runs.</summary>
internal sealed class Leases(Database database, WorkerOptions options, TimeProvider time)
{
    private static readonly TimeSpan LookAgainSoon = TimeSpan.FromMilliseconds(500);

    private readonly ConcurrentDictionary<Lease, bool> _held = new();
    private readonly Bell _look = new();
    private readonly Lock _starting = new();
    private bool _isKeeping;

    /// <summary>Keeps a claim from now on, until the result is disposed.</summary>
    /// <param name="hold">What was claimed.</param>
    /// <param name="claimedAt">The clock's timestamp before the claim.</param>
    /// <param name="hint">Signalled when something happened to the task instance: look at once instead of at the next renewal.</param>
    public Lease Keep(Hold hold, long claimedAt, CancellationToken hint)
    {
        var lease = new Lease(this, hold, claimedAt, hint.Register(_look.Ring));
        _held[lease] = true;
        lock (_starting)
        {
            if (_isKeeping) return lease;
            _isKeeping = true;
        }
        _ = Task.Run(KeepAsync, CancellationToken.None);
        return lease;
    }

    /// <summary>Whether an attempt of this worker holds it.</summary>
    public bool Keeps(Hold hold) => _held.Keys.Any(lease => lease.Hold == hold);

    /// <summary>Keeps it no longer.</summary>
    internal void Release(Lease lease) => _held.TryRemove(lease, out _);

    private async Task KeepAsync()
    {
        var pause = options.RenewEvery;
        while (true)
        {
            await _look.WaitAsync(pause, time, CancellationToken.None);
            lock (_starting)
            {
                if (_held.IsEmpty)
                {
                    _isKeeping = false;
                    return;
                }
            }
            var held = _held.Keys.ToList();
            pause = await TryRenewAsync(held) ? options.RenewEvery : LookAgainSoon < options.RenewEvery ? LookAgainSoon : options.RenewEvery;
            foreach (var lease in held.Where(lease => time.GetElapsedTime(lease.RenewedAt) >= options.Lease)) lease.RunOut();
        }
    }

    /// <summary>False when the database did not answer, or some could not be renewed now.</summary>
    private async Task<bool> TryRenewAsync(List<Lease> held)
    {
        var asked = time.GetTimestamp();
        // A database that hangs must not keep us from noticing that leases run out.
        using var patience = new CancellationTokenSource(options.Lease / 2, time);
        try
        {
            var answer = await database.InTransactionAsync(tx => LeaseTable.RenewAsync(tx, [.. held.Select(lease => lease.Hold)], options.Lease), patience.Token);
            var (renewed, gone) = (answer.Renewed.ToHashSet(), answer.Gone.ToHashSet());
            foreach (var lease in held)
            {
                if (renewed.Contains(lease.Hold)) lease.Renewed(asked);
                else if (gone.Contains(lease.Hold)) lease.Lose();
            }
            return renewed.Count + gone.Count >= held.Count;
        }
        catch (Exception)
        {
            return false;
        }
    }
}
