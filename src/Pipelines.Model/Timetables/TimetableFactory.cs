namespace Pipelines.Model.Timetables;

/// <summary>Turns the schedule settings of a DAG into its timetable (airflow-semantics.md §2).</summary>
public static class TimetableFactory
{
    /// <summary>Airflow 3's default for a cron: zero-length data interval at the tick.</summary>
    public const string CronTrigger = "cron_trigger";

    /// <summary>A run per span between two ticks.</summary>
    public const string CronDataInterval = "cron_data_interval";

    /// <summary>Names a DAG file may write as its timetable.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [CronTrigger, CronDataInterval];

    /// <summary>Makes the timetable.</summary>
    /// <param name="schedule">A cron of 5 or 6 fields, a preset such as <c>@daily</c>, <c>@once</c>, or null, empty or <c>None</c>: never by itself.</param>
    /// <param name="kind">One of <see cref="Kinds"/>; null or empty: <see cref="CronTrigger"/>.</param>
    /// <param name="timezone">IANA name of the zone whose wall clock the cron reads; null or empty: the offset of <paramref name="startDate"/>, else UTC.</param>
    /// <param name="startDate">The DAG's start_date with the offset it was written with; null: none.</param>
    /// <exception cref="TimetableException">Unknown timetable, zone or preset, or a cron that is not valid.</exception>
    public static ITimetable Create(string? schedule, string? kind, string? timezone, DateTimeOffset? startDate)
    {
        var zone = Zone(timezone, startDate);
        var known = string.IsNullOrWhiteSpace(kind) ? CronTrigger : kind.Trim();
        if (!Kinds.Contains(known, StringComparer.Ordinal))
        {
            throw new TimetableException($"Timetable '{kind}' is not known. Write one of {string.Join(", ", Kinds)}, or leave it out for {CronTrigger}.");
        }

        return schedule?.Trim() switch
        {
            null or "" or "None" => new NullTimetable(),
            "@once" => new OnceTimetable(),
            var cron when known == CronDataInterval => new CronDataIntervalTimetable(new(cron, zone)),
            var cron => new CronTriggerTimetable(new(cron, zone)),
        };
    }

    private static TimeZoneInfo Zone(string? timezone, DateTimeOffset? startDate)
    {
        if (string.IsNullOrWhiteSpace(timezone))
        {
            // As in Airflow, where a start_date with an offset makes that offset the DAG's time zone.
            return startDate is not { } start || start.Offset == TimeSpan.Zero ? TimeZoneInfo.Utc
                : TimeZoneInfo.CreateCustomTimeZone(start.ToString("zzz", null), start.Offset, null, null);
        }

        return TimeZoneInfo.TryFindSystemTimeZoneById(timezone.Trim(), out var zone) ? zone : throw new TimetableException(
            $"Time zone '{timezone}' is not known on this machine. Write an IANA name such as 'Europe/Berlin' or 'UTC' (the system needs the tzdata package).");
    }
}
