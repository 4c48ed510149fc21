namespace Pipelines.Model.Templates;

/// <summary>Attributes and methods of a datetime, those of pendulum that DAGs use included (Airflow's dates are pendulum's).</summary>
internal static class DateMembers
{
    private static readonly Dictionary<string, Func<TemplateDate, object?>> Attributes = new(StringComparer.Ordinal)
    {
        ["year"] = date => (long)date.Wall.Year,
        ["month"] = date => (long)date.Wall.Month,
        ["day"] = date => (long)date.Wall.Day,
        ["hour"] = date => (long)date.Wall.Hour,
        ["minute"] = date => (long)date.Wall.Minute,
        ["second"] = date => (long)date.Wall.Second,
        ["microsecond"] = date => date.Microsecond,
        ["day_of_year"] = date => (long)date.Wall.DayOfYear,
        ["quarter"] = date => (date.Wall.Month + 2L) / 3,
        ["int_timestamp"] = date => date.Instant.ToUnixTimeSeconds(),
    };

    private static readonly Dictionary<string, Func<TemplateDate, Arguments, object?>> Methods = new(StringComparer.Ordinal)
    {
        ["strftime"] = (date, call) => PythonClock.Format(date, call.Expect("format").Text("format")),
        ["isoformat"] = (date, call) => date.IsoFormat(call.Expect("sep").Text("sep", "T") is { Length: 1 } sep ? sep[0] : throw new TemplateFault("'sep' must be one character.")),
        ["to_iso8601_string"] = (date, _) => date.Offset == TimeSpan.Zero ? (date with { Offset = null }).IsoFormat('T') + "Z" : date.IsoFormat('T'),
        ["to_date_string"] = (date, _) => date.Date,
        ["to_datetime_string"] = (date, _) => PythonClock.Format(date, "%Y-%m-%d %H:%M:%S"),
        ["date"] = (date, _) => date.Date,
        ["timestamp"] = (date, _) => (date.Instant - DateTimeOffset.UnixEpoch).TotalSeconds,
        ["weekday"] = (date, _) => PythonClock.IsoWeekday(date.Wall) - 1L,
        ["isoweekday"] = (date, _) => (long)PythonClock.IsoWeekday(date.Wall),
        ["add"] = (date, call) => Shift(date, call, 1),
        ["subtract"] = (date, call) => Shift(date, call, -1),
        ["replace"] = Replace,
        ["start_of"] = (date, call) => StartOf(date, call.Expect("unit").Text("unit")),
        ["in_timezone"] = (date, call) => InZone(date, call.Expect("timezone").Text("timezone")),
        ["in_tz"] = (date, call) => InZone(date, call.Expect("timezone").Text("timezone")),
        ["astimezone"] = (date, call) => InZone(date, call.Expect("timezone").Text("timezone")),
    };

    public static object? Find(TemplateDate date, string name)
    {
        if (Attributes.TryGetValue(name, out var attribute)) return attribute(date);
        if (Methods.TryGetValue(name, out var method)) return (TemplateFunction)(call => method(date, call));
        return new Undefined($"datetime has no attribute '{name}'.{Dags.NearestName.Hint(name, Attributes.Keys.Concat(Methods.Keys))}");
    }

    private static TemplateDate Shift(TemplateDate date, Arguments call, int sign)
    {
        call.Expect("years", "months", "weeks", "days", "hours", "minutes", "seconds");
        var months = (call.Integer("years", 0) * 12) + call.Integer("months", 0);
        if (Math.Abs(months) > 12 * 9999) throw new TemplateFault("The date would be outside the years 1 to 9999.");
        try
        {
            // Months first, then exact time, as pendulum does; a day that the month lacks becomes its last.
            return (date with { Wall = date.Wall.AddMonths(sign * (int)months) }).Add(sign * Span(call));
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new TemplateFault("The date would be outside the years 1 to 9999.");
        }
    }

    /// <summary>The span of the arguments weeks … seconds.</summary>
    public static TimeSpan Span(Arguments call)
    {
        var seconds = (call.Number("weeks", 0) * 604800) + (call.Number("days", 0) * 86400) + (call.Number("hours", 0) * 3600)
            + (call.Number("minutes", 0) * 60) + call.Number("seconds", 0);
        return double.IsFinite(seconds) && Math.Abs(seconds) < 1e11 ? TimeSpan.FromMicroseconds(Math.Round(seconds * 1e6))
            : throw new TemplateFault("The duration is too long.");
    }

    private static TemplateDate Replace(TemplateDate date, Arguments call)
    {
        call.Expect("year", "month", "day", "hour", "minute", "second", "microsecond");
        return Make(call, date.Wall, date.Microsecond) with { Offset = date.Offset };
    }

    /// <summary>A naive date of the arguments year … microsecond; those not given come from <paramref name="from"/>.</summary>
    public static TemplateDate Make(Arguments call, DateTime from, long microsecond)
    {
        int Part(string name, int fallback) => (int)Math.Clamp(call.Integer(name, fallback), -1, 1_000_000);
        try
        {
            var wall = new DateTime(Part("year", from.Year), Part("month", from.Month), Part("day", from.Day),
                Part("hour", from.Hour), Part("minute", from.Minute), Part("second", from.Second));
            return new TemplateDate(wall.AddTicks(10 * call.Integer("microsecond", microsecond)), null);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new TemplateFault("There is no such date.");
        }
    }

    private static TemplateDate StartOf(TemplateDate date, string unit)
    {
        var wall = date.Wall;
        return date with
        {
            Wall = unit switch
            {
                "minute" => wall.Date.AddHours(wall.Hour).AddMinutes(wall.Minute),
                "hour" => wall.Date.AddHours(wall.Hour),
                "day" => wall.Date,
                "week" => wall.Date.AddDays(1 - PythonClock.IsoWeekday(wall)),
                "month" => new DateTime(wall.Year, wall.Month, 1),
                "year" => new DateTime(wall.Year, 1, 1),
                _ => throw new TemplateFault($"start_of() does not know '{unit}'. Use minute, hour, day, week, month or year."),
            },
        };
    }

    private static TemplateDate InZone(TemplateDate date, string name) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? TemplateDate.Of(TimeZoneInfo.ConvertTime(date.Instant, zone))
            : throw new TemplateFault($"The time zone '{name}' is not known. Use an IANA name such as Europe/Berlin.");
}
