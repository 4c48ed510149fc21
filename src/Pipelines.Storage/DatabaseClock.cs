namespace Pipelines.Storage;

/// <summary>
/// The clock of an installation: its database server's, carried on by this machine's monotonic timer from one look to the next. All hosts
/// share it, so one whose own clock is wrong or jumps makes no run too soon and no retry too late.
/// </summary>
/// <param name="machine">This machine's clock; what counts until the first look.</param>
public sealed class DatabaseClock(TimeProvider machine) : TimeProvider
{
    // An answer that took long says little; the look before it is better.
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(1);
    // Within it two looks differ by how long their answers took, and time had better not go back.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMilliseconds(100);

    private Look? _look;

    /// <inheritdoc/>
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Volatile.Read(ref _look) is { } look ? look.At + machine.GetElapsedTime(look.Timestamp) : machine.GetUtcNow();

    /// <inheritdoc/>
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>Looks at the database's clock.</summary>
    /// <returns>How far this machine's own clock is ahead of it; negative: behind it.</returns>
    public async Task<TimeSpan> SetAsync(Database database, CancellationToken cancellation)
    {
        var (at, took) = await database.InTransactionAsync(async tx =>
        {
            var asked = machine.GetTimestamp();
            return (await tx.SingleAsync<DateTimeOffset>("SELECT clock_timestamp()"), machine.GetElapsedTime(asked));
        }, cancellation);
        var isBetter = took <= LongestLook && (at - GetUtcNow()).Duration() > Tolerance;
        if (_look is null || isBetter) Volatile.Write(ref _look, new Look(at, machine.GetTimestamp()));
        return machine.GetUtcNow() - at;
    }

    private sealed record Look(DateTimeOffset At, long Timestamp);
}
