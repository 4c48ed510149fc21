using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Timetables;

/// <summary>A tick every so often, counted from wherever one begins: it has no moments of its own, so every instant is aligned (airflow-semantics.md §2.2).</summary>
public sealed class DeltaTicks : ITicks
{
    private readonly CalendarSpan _delta;

    /// <param name="expression">As written.</param>
    /// <param name="delta">From one tick to the next, each counted from the one before: a month after January 31 is February 28, and then March 28, as in Airflow.</param>
    /// <exception cref="TimetableException">It is not longer than zero.</exception>
    public DeltaTicks(string expression, CalendarSpan delta)
    {
        if (delta.FixedTicks <= 0) throw new TimetableException($"Schedule '{expression}' is no time at all. Write {InputText.Expected(InputType.Duration)}.");
        (Expression, _delta) = (expression, delta);
    }

    /// <inheritdoc/>
    public string Expression { get; }

    /// <inheritdoc/>
    public DateTimeOffset Next(DateTimeOffset instant) => Within(instant, _delta.After);

    /// <inheritdoc/>
    public DateTimeOffset Previous(DateTimeOffset instant) => Within(instant, _delta.Before);

    /// <inheritdoc/>
    public DateTimeOffset AlignNext(DateTimeOffset instant) => instant;

    /// <inheritdoc/>
    public DateTimeOffset AlignPrevious(DateTimeOffset instant) => instant;

    /// <summary>As Airflow: the span before the last multiple of the delta since 1970, in which a month has 30 days and a year 365.</summary>
    public DateTimeOffset LastComplete(DateTimeOffset now)
    {
        var sinceEpoch = (now - DateTimeOffset.UnixEpoch).Ticks;
        var rest = sinceEpoch % _delta.FixedTicks;
        return Previous(now - TimeSpan.FromTicks(rest < 0 ? rest + _delta.FixedTicks : rest));
    }

    private DateTimeOffset Within(DateTimeOffset instant, Func<DateTimeOffset, DateTimeOffset> go)
    {
        try
        {
            var there = go(instant);
            return there != DateTimeOffset.MaxValue && there != DateTimeOffset.MinValue ? there : throw OutOfRange(instant, null);
        }
        catch (ArgumentOutOfRangeException error)
        {
            throw OutOfRange(instant, error);
        }
    }

    private TimetableException OutOfRange(DateTimeOffset instant, Exception? error) =>
        new($"Schedule '{Expression}' leaves the calendar next to {instant:yyyy-MM-dd}. Use a shorter duration or a date well within the years 1 to 9999.", error);
}
