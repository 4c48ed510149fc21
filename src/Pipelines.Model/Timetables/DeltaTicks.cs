namespace Pipelines.Model.Timetables;

/// <summary>A tick every so often, counted from wherever one begins: it has no moments of its own, so every instant is aligned (airflow-semantics.md §2.2).</summary>
public sealed class DeltaTicks : ITicks
{
    private readonly TimeSpan _delta;

    /// <param name="expression">As written.</param>
    /// <param name="delta">From one tick to the next.</param>
    /// <exception cref="TimetableException">It is not longer than zero.</exception>
    public DeltaTicks(string expression, TimeSpan delta)
    {
        if (delta <= TimeSpan.Zero) throw new TimetableException($"Schedule '{expression}' is no time at all. Write a duration such as 06:00:00 for every six hours.");
        (Expression, _delta) = (expression, delta);
    }

    /// <inheritdoc/>
    public string Expression { get; }

    /// <inheritdoc/>
    public DateTimeOffset Next(DateTimeOffset instant) =>
        DateTimeOffset.MaxValue - instant > _delta ? instant + _delta : throw OutOfRange(instant);

    /// <inheritdoc/>
    public DateTimeOffset Previous(DateTimeOffset instant) =>
        instant - DateTimeOffset.MinValue > _delta ? instant - _delta : throw OutOfRange(instant);

    /// <inheritdoc/>
    public DateTimeOffset AlignNext(DateTimeOffset instant) => instant;

    /// <inheritdoc/>
    public DateTimeOffset AlignPrevious(DateTimeOffset instant) => instant;

    /// <summary>As Airflow: the span before the last multiple of the delta since 1970.</summary>
    public DateTimeOffset LastComplete(DateTimeOffset now)
    {
        var sinceEpoch = (now - DateTimeOffset.UnixEpoch).Ticks;
        var rest = sinceEpoch % _delta.Ticks;
        return Previous(now - TimeSpan.FromTicks(rest < 0 ? rest + _delta.Ticks : rest));
    }

    private TimetableException OutOfRange(DateTimeOffset instant) =>
        new($"Schedule '{Expression}' leaves the calendar next to {instant:yyyy-MM-dd}. Use a shorter duration or a date well within the years 1 to 9999.");
}
