using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Timetables;

/// <summary>Turns the schedule settings of a DAG into its timetable (airflow-semantics.md §2).</summary>
public static class TimetableFactory
{
    /// <summary>Airflow 3's default for a cron: zero-length data interval at the tick.</summary>
    public const string CronTrigger = "cron_trigger";

    /// <summary>A run per span between two ticks.</summary>
    public const string CronDataInterval = "cron_data_interval";

    /// <summary>Airflow 3's default for a duration: a run every so often.</summary>
    public const string DeltaTrigger = "delta_trigger";

    /// <summary>A run per span of a duration.</summary>
    public const string DeltaDataInterval = "delta_data_interval";

    /// <summary>A run at each listed moment.</summary>
    public const string Events = "events";

    /// <summary>Names a DAG file may write as its timetable.</summary>
    public static IReadOnlyList<string> Kinds { get; } = [CronTrigger, CronDataInterval, DeltaTrigger, DeltaDataInterval, Events];

    private static readonly char[] Separators = [';', '\n'];

    /// <summary>Makes the timetable.</summary>
    /// <param name="schedule">
    /// A cron of 5 or 6 fields, several of them with <c>;</c> or line ends between, a preset such as <c>@daily</c>, <c>@once</c>, <c>@continuous</c>,
    /// a duration, also with months (<c>P1M</c>), for <see cref="Events"/> moments with <c>;</c> or line ends between, or null, empty or <c>None</c>: never by itself.
    /// </param>
    /// <param name="kind">One of <see cref="Kinds"/>; null or empty: the trigger for what the schedule is.</param>
    /// <param name="timezone">IANA name of the zone whose wall clock the cron reads; null or empty: the offset of <paramref name="startDate"/>, else UTC.</param>
    /// <param name="startDate">The DAG's start_date with the offset it was written with; null: none.</param>
    /// <param name="options">Further settings of the kinds that have them.</param>
    /// <exception cref="TimetableException">Unknown timetable, zone or preset, a cron that is not valid, or settings that do not go together.</exception>
    public static ITimetable Create(string? schedule, string? kind, string? timezone, DateTimeOffset? startDate, TimetableOptions options = default)
    {
        var zone = Zone(timezone, startDate);
        var chosen = string.IsNullOrWhiteSpace(kind) ? null : kind.Trim();
        if (chosen is not null && !Kinds.Contains(chosen, StringComparer.Ordinal))
            throw new TimetableException($"Timetable '{kind}' is not known. Write one of {string.Join(", ", Kinds)}, or leave it out.");

        var text = schedule?.Trim();
        var timetable = text switch
        {
            null or "" or "None" => new NullTimetable(),
            "@once" => new OnceTimetable(),
            "@continuous" => new ContinuousTimetable(),
            _ when chosen == Events => OfEvents(text, options),
            _ when CalendarSpan.TryParse(text, out var delta) => OfDelta(text, delta, chosen, options),
            _ => OfCrons(text, chosen, zone, options),
        };
        return options.IsSet && timetable is not (TriggerTimetable or MultipleTriggerTimetable or EventsTimetable)
            ? throw new TimetableException($"A data interval of its own, 'runImmediately' and 'restrictToEvents' have no meaning for schedule '{schedule}' with timetable '{kind}'. Remove them, or choose {CronTrigger}, {DeltaTrigger} or {Events}.")
            : timetable;
    }

    private static ITimetable OfCrons(string text, string? kind, TimeZoneInfo zone, TimetableOptions options)
    {
        if (kind is DeltaTrigger or DeltaDataInterval)
            throw new TimetableException($"Schedule '{text}' is not a duration, which timetable '{kind}' needs. Write {InputText.Expected(InputType.Duration)}, or choose {CronTrigger}.");
        RefuseRestriction(options, text);
        var crons = Parts(text);
        if (kind == CronDataInterval)
        {
            return crons is [var single] ? new DataIntervalTimetable(new CronSchedule(single, zone), CronDataInterval)
                : throw new TimetableException($"Schedule '{text}' has {crons.Length} crons, and between ticks of several there are no spans. Choose timetable {CronTrigger}, or keep one cron.");
        }

        TriggerTimetable[] timetables = [.. crons.Select(cron => new TriggerTimetable(new CronSchedule(cron, zone), CronTrigger, options.ForTrigger))];
        return timetables is [var one] ? one : new MultipleTriggerTimetable(timetables);
    }

    private static ITimetable OfDelta(string text, CalendarSpan delta, string? kind, TimetableOptions options)
    {
        RefuseRestriction(options, text);
        return kind switch
        {
            null or DeltaTrigger when options.RunImmediately is null => new TriggerTimetable(new DeltaTicks(text, delta), DeltaTrigger, options.ForTrigger),
            null or DeltaTrigger => throw new TimetableException($"'runImmediately' has no meaning for schedule '{text}': a duration has no tick that could have passed. Remove it."),
            DeltaDataInterval => new DataIntervalTimetable(new DeltaTicks(text, delta), DeltaDataInterval),
            _ => throw new TimetableException($"Schedule '{text}' is a duration, but timetable '{kind}' needs a cron. Choose {DeltaTrigger} or {DeltaDataInterval}, or write a cron such as '0 0 * * *'."),
        };
    }

    private static EventsTimetable OfEvents(string text, TimetableOptions options)
    {
        if (options.Interval != TimeSpan.Zero || options.RunImmediately is not null)
            throw new TimetableException($"A data interval of its own and 'runImmediately' have no meaning for timetable {Events}. Remove them.");
        return new EventsTimetable(Parts(text).Select(part => InputText.TryDateTime(part, out var moment) ? moment
            : throw new TimetableException($"'{part}' is no moment. Timetable {Events} lists them in the schedule, e.g. '2026-03-01T09:00:00Z; 2026-06-01T09:00:00Z'.")), options.RestrictToEvents);
    }

    private static void RefuseRestriction(TimetableOptions options, string text)
    {
        if (options.RestrictToEvents) throw new TimetableException($"'restrictToEvents' has no meaning for schedule '{text}'. Remove it, or choose timetable {Events}.");
    }

    private static string[] Parts(string text) => text.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

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

/// <summary>Settings that only some timetables have.</summary>
/// <param name="Interval">See <see cref="TriggerOptions"/>.</param>
/// <param name="RunImmediately">See <see cref="TriggerOptions"/>.</param>
/// <param name="RestrictToEvents">See <see cref="EventsTimetable"/>.</param>
public readonly record struct TimetableOptions(TimeSpan Interval, TimeSpan? RunImmediately, bool RestrictToEvents)
{
    internal bool IsSet => this != default;

    internal TriggerOptions ForTrigger => new(Interval, RunImmediately);
}
