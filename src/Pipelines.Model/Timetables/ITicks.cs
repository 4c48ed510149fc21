namespace Pipelines.Model.Timetables;

/// <summary>The regular moments of a schedule, on which trigger and data-interval timetables build (airflow-semantics.md §2). All instants are UTC.</summary>
public interface ITicks
{
    /// <summary>As written.</summary>
    string Expression { get; }

    /// <summary>The first tick after <paramref name="instant"/>.</summary>
    /// <exception cref="TimetableException">The calendar ends before.</exception>
    DateTimeOffset Next(DateTimeOffset instant);

    /// <summary>The last tick before <paramref name="instant"/>.</summary>
    /// <exception cref="TimetableException">The calendar begins after.</exception>
    DateTimeOffset Previous(DateTimeOffset instant);

    /// <summary><paramref name="instant"/> itself when it is a tick, else the next one.</summary>
    DateTimeOffset AlignNext(DateTimeOffset instant);

    /// <summary><paramref name="instant"/> itself when it is a tick, else the one before.</summary>
    DateTimeOffset AlignPrevious(DateTimeOffset instant);

    /// <summary>The start of the last span between two ticks that is over; on a tick it is the span that ends right now.</summary>
    DateTimeOffset LastComplete(DateTimeOffset now);
}

/// <summary>What follows from ticks of any kind.</summary>
public static class Ticks
{
    /// <summary>Ticks with from ≤ tick ≤ to, oldest first, computed as they are asked for.</summary>
    public static IEnumerable<DateTimeOffset> Between(this ITicks ticks, DateTimeOffset from, DateTimeOffset to)
    {
        for (var tick = ticks.AlignNext(from); tick <= to; tick = ticks.Next(tick)) yield return tick;
    }
}
