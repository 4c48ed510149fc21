using System.Globalization;
using Pipelines.Storage.Runs;

namespace Pipelines.Web.Components.Backfills;

/// <summary>A day of the calendar.</summary>
/// <param name="Date">UTC.</param>
/// <param name="State">The state that most wants a look among the runs of the day; <c>none</c>: there is no run.</param>
/// <param name="Description">The day, its runs and whether the schedule has a window then, in words.</param>
/// <param name="CanBackfill">False: the schedule has no window that is over.</param>
/// <param name="IsChosen">In the chosen range.</param>
public sealed record CalendarDay(DateOnly Date, string State, string Description, bool CanBackfill, bool IsChosen);

/// <summary>A month whose days tell the state of the runs that exist.</summary>
/// <param name="First">Its first day.</param>
/// <param name="Weeks">Of seven days from Monday; null: not of this month.</param>
public sealed record CalendarMonth(DateOnly First, IReadOnlyList<IReadOnlyList<CalendarDay?>> Weeks)
{
    private const string Format = "yyyy-MM";

    public string Title => First.ToString("MMMM yyyy", CultureInfo.InvariantCulture);

    public string Previous => First.AddMonths(-1).ToString(Format, CultureInfo.InvariantCulture);

    public string Next => First.AddMonths(1).ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>The month to show: as asked for, else that of the range's end, else the present one.</summary>
    public static DateOnly FirstOf(string? asked, DateOnly? rangeEnd, DateOnly today)
    {
        // The ends of the calendar have no neighbours to lead to.
        if (DateOnly.TryParseExact(asked, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var month) && month.Year is > 1 and < 9999) return month;
        var day = rangeEnd ?? today;
        return new DateOnly(day.Year, day.Month, 1);
    }

    /// <param name="runs">Of the month.</param>
    /// <param name="hasWindow">Whether the schedule has a window on a day that is over.</param>
    /// <param name="range">What is chosen; null: nothing.</param>
    public static CalendarMonth Of(DateOnly first, IReadOnlyList<DayRuns> runs, Func<DateOnly, bool> hasWindow, (DateOnly From, DateOnly To)? range)
    {
        var byDay = runs.ToDictionary(day => DateOnly.FromDateTime(day.Day));
        var before = ((int)first.DayOfWeek + 6) % 7;
        var cells = Enumerable.Repeat<CalendarDay?>(null, before)
            .Concat(Enumerable.Range(0, DateTime.DaysInMonth(first.Year, first.Month)).Select(index => Day(first.AddDays(index), byDay, hasWindow, range)));
        return new(first, [.. cells.Chunk(7).Select(week => (IReadOnlyList<CalendarDay?>)[.. week, .. new CalendarDay?[7 - week.Length]])]);
    }

    private static CalendarDay Day(DateOnly date, Dictionary<DateOnly, DayRuns> byDay, Func<DateOnly, bool> hasWindow, (DateOnly From, DateOnly To)? range)
    {
        var runs = byDay.GetValueOrDefault(date);
        var can = hasWindow(date);
        var words = runs is null ? (can ? "no run yet" : "no window that is over") : Words(runs);
        return new(date, State(runs), $"{date.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}: {words}", can, range is { } chosen && chosen.From <= date && date <= chosen.To);
    }

    private static string State(DayRuns? runs) => runs switch
    {
        null => "none",
        { Failed: > 0 } => "failed",
        { Running: > 0 } => "running",
        { Queued: > 0 } => "queued",
        _ => "success",
    };

    private static string Words(DayRuns runs) => string.Join(", ", new[] { (runs.Failed, "failed"), (runs.Running, "running"), (runs.Queued, "queued"), (runs.Success, "success") }
        .Where(count => count.Item1 > 0).Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Item1} {count.Item2}")));
}
