namespace Pipelines.Model.Timetables;

/// <summary>
/// The ticks of a cron expression in a time zone (airflow-semantics.md §2). A wall time that the clock skips ticks as much later as
/// the clock jumps (02:30 → 03:30); one that it repeats ticks at the second time only, or at both when the hour field is <c>*</c>.
/// All instants are UTC.
/// </summary>
/// <remarks>
/// Airflow reaches the same ticks step by step from the previous one and, around a change of clocks, may miss one or return the same instant
/// twice when it starts between ticks; here <see cref="Next"/> and <see cref="Previous"/> always agree.
/// </remarks>
public sealed class CronSchedule : ITicks
{
    // Farther than any clock was ever changed (Samoa skipped a day), nearer than two changes ever were.
    private static readonly TimeSpan Around = TimeSpan.FromHours(26);

    // A margin from the ends of DateTime, so that no sum here overflows.
    private static readonly DateTime Earliest = new(2, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly DateTime Latest = new(9998, 12, 31, 0, 0, 0, DateTimeKind.Utc);

    private readonly CronFields _fields;
    private readonly TimeZoneInfo _zone;

    /// <summary>Reads an expression: five fields, six with seconds at the end, or a preset such as <c>@daily</c>.</summary>
    /// <exception cref="TimetableException">It is not valid or never comes true.</exception>
    public CronSchedule(string expression, TimeZoneInfo zone)
    {
        _fields = CronFields.Parse(expression);
        _zone = zone;
        Expression = expression;
    }

    /// <inheritdoc/>
    public string Expression { get; }

    /// <inheritdoc/>
    /// <exception cref="TimetableException">There is none before the end of the year 9998.</exception>
    public DateTimeOffset Next(DateTimeOffset instant)
    {
        var slack = Slack(instant);
        DateTimeOffset? best = null;
        var end = Latest;
        for (var wall = _fields.Next(Wall(instant) - slack); wall <= end; wall = _fields.Next(wall.Value))
        {
            foreach (var tick in Instants(wall.Value))
            {
                if (tick > instant && !(best <= tick))
                {
                    // A skipped wall time ticks later than it reads, so one that reads later may still come before it.
                    end = best is null ? wall.Value + slack : end;
                    best = tick;
                }
            }
        }

        return best ?? throw OutOfRange(instant);
    }

    /// <inheritdoc/>
    /// <exception cref="TimetableException">There is none after the year 1 within nine years.</exception>
    public DateTimeOffset Previous(DateTimeOffset instant)
    {
        var slack = Slack(instant);
        DateTimeOffset? best = null;
        var end = Earliest;

        // A second more, because Previous is exclusive and a tick may read exactly this wall time.
        for (var wall = _fields.Previous(Wall(instant) + slack + TimeSpan.FromSeconds(1)); wall >= end; wall = _fields.Previous(wall.Value))
        {
            foreach (var tick in Instants(wall.Value))
            {
                if (tick < instant && !(best >= tick))
                {
                    end = best is null ? wall.Value - slack : end;
                    best = tick;
                }
            }
        }

        return best ?? throw OutOfRange(instant);
    }

    /// <inheritdoc/>
    public DateTimeOffset AlignNext(DateTimeOffset instant)
    {
        var next = Next(instant);
        return Previous(next) == instant ? instant : next;
    }

    /// <inheritdoc/>
    public DateTimeOffset AlignPrevious(DateTimeOffset instant)
    {
        var previous = Previous(instant);
        return Next(previous) == instant ? instant : previous;
    }

    /// <inheritdoc/>
    public DateTimeOffset LastComplete(DateTimeOffset now) => Previous(AlignPrevious(now));

    private DateTime Wall(DateTimeOffset instant) => instant.UtcDateTime + _zone.GetUtcOffset(instant.UtcDateTime);

    /// <summary>By how much wall clock and instants may disagree in order near this instant: the size of a change of clocks, mostly zero.</summary>
    private TimeSpan Slack(DateTimeOffset instant)
    {
        if (instant.UtcDateTime < Earliest || instant.UtcDateTime > Latest)
        {
            throw OutOfRange(instant);
        }

        var (before, after) = Offsets(instant.UtcDateTime);
        return (after - before).Duration();
    }

    private (TimeSpan Before, TimeSpan After) Offsets(DateTime near)
    {
        var utc = DateTime.SpecifyKind(near, DateTimeKind.Utc);
        return (_zone.GetUtcOffset(utc - Around), _zone.GetUtcOffset(utc + Around));
    }

    private IEnumerable<DateTimeOffset> Instants(DateTime wall)
    {
        var (before, after) = Offsets(wall);
        var (first, second) = (Instant(wall, before), Instant(wall, after));
        if (before == after)
        {
            return [first];
        }

        return (Wall(first) == wall, Wall(second) == wall) switch
        {
            (true, true) => _fields.EveryHour ? [first, second] : [second],
            (false, true) => [second],
            // Either not changed yet, or skipped: the old offset then reads the later wall time.
            _ => [first],
        };
    }

    private static DateTimeOffset Instant(DateTime wall, TimeSpan offset) => new(DateTime.SpecifyKind(wall - offset, DateTimeKind.Utc));

    private TimetableException OutOfRange(DateTimeOffset instant) =>
        new($"Schedule '{Expression}' has no tick next to {instant:yyyy-MM-dd}: schedules are computed from the year 2 to 9998. Use a date well within.");
}
