using Cronos;

namespace Pipelines.Model.Timetables;

/// <summary>
/// A cron expression on a wall clock without a time zone, with the meaning it has in croniter (Airflow's engine):
/// the optional sixth field is seconds, at the end; a restricted day of month and a restricted day of week mean either one.
/// </summary>
internal sealed class CronFields
{
    // A tick of any expression comes again within 8 years (29 February around 2100).
    private static readonly TimeSpan LongestGap = TimeSpan.FromDays(9 * 366);

    private static readonly Dictionary<string, string> Presets = new(StringComparer.Ordinal)
    {
        ["@hourly"] = "0 * * * *",
        ["@daily"] = "0 0 * * *",
        ["@weekly"] = "0 0 * * 0",
        ["@monthly"] = "0 0 1 * *",
        ["@quarterly"] = "0 0 1 */3 *",
        ["@yearly"] = "0 0 1 1 *",
    };

    // More than one: the ticks are the union. Cronos alone would take the intersection of the two day fields.
    private readonly CronExpression[] _alternatives;

    private CronFields(CronExpression[] alternatives, bool everyHour)
    {
        _alternatives = alternatives;
        EveryHour = everyHour;
    }

    /// <summary>True when the hour field is <c>*</c>.</summary>
    public bool EveryHour { get; }

    /// <exception cref="TimetableException">Not a cron expression, or one that never ticks.</exception>
    public static CronFields Parse(string expression)
    {
        var text = expression.Trim();
        if (text.StartsWith('@'))
        {
            text = Presets.TryGetValue(text, out var preset) ? preset : throw new TimetableException(
                $"Schedule '{expression}' is not a preset. Write one of {string.Join(", ", Presets.Keys)}, @once or a cron expression such as '0 0 * * *'.");
        }

        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (5 or 6))
        {
            throw new TimetableException(
                $"Schedule '{expression}' has {fields.Length} fields. Write 5 (minute hour day-of-month month day-of-week) or 6 (seconds last), e.g. '0 0 * * *'.");
        }

        var parsed = new CronFields(Alternatives(expression, fields), everyHour: fields[1] == "*");
        return parsed.Next(new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc)) is not null ? parsed
            : throw new TimetableException($"Schedule '{expression}' never comes true: no date has this day and month. Correct the day-of-month or the month field.");
    }

    /// <summary>The first tick after a wall time (kind UTC by convention); null when the calendar ends before.</summary>
    public DateTime? Next(DateTime wall)
    {
        DateTime? first = null;
        foreach (var alternative in _alternatives)
        {
            if (alternative.GetNextOccurrence(wall) is { } tick && !(first <= tick))
            {
                first = tick;
            }
        }

        return first;
    }

    /// <summary>The last tick before a wall time; null when there is none within nine years.</summary>
    // Cronos only looks forward. So: step back until a tick lies between, then halve the rest until the last such tick is found.
    public DateTime? Previous(DateTime wall)
    {
        for (var step = TimeSpan.FromMinutes(1); wall - DateTime.MinValue > step; step *= 4)
        {
            if (Next(wall - step) is { } tick && tick < wall)
            {
                return LastBetween(tick, wall);
            }

            if (step > LongestGap)
            {
                return null;
            }
        }

        return null;
    }

    private DateTime LastBetween(DateTime tick, DateTime end)
    {
        var (last, empty) = (tick, end);
        while (empty - last > TimeSpan.FromSeconds(1))
        {
            var middle = last + ((empty - last) / 2);
            if (Next(middle - TimeSpan.FromTicks(1)) is { } later && later < end)
            {
                last = later;
            }
            else
            {
                empty = middle;
            }
        }

        return last;
    }

    private static CronExpression[] Alternatives(string expression, string[] fields) =>
        IsAny(fields[2]) || IsAny(fields[4])
            ? [ParseOne(expression, fields)]
            : [ParseOne(expression, [.. fields[..4], "*", .. fields[5..]]), ParseOne(expression, [.. fields[..2], "*", .. fields[3..]])];

    private static bool IsAny(string field) => field is "*" or "?";

    private static CronExpression ParseOne(string expression, string[] fields)
    {
        try
        {
            return fields.Length == 5
                ? CronExpression.Parse(string.Join(' ', fields), CronFormat.Standard)
                : CronExpression.Parse(string.Join(' ', fields[^1..].Concat(fields[..^1])), CronFormat.IncludeSeconds);
        }
        catch (CronFormatException e)
        {
            throw new TimetableException(
                $"Schedule '{expression}' is not a valid cron expression: {e.Message} Write minute hour day-of-month month day-of-week, e.g. '30 6 * * 1-5' for 06:30 on weekdays.", e);
        }
    }
}
