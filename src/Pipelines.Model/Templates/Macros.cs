namespace Pipelines.Model.Templates;

/// <summary>Airflow's <c>macros</c> (airflow-semantics.md §22).</summary>
internal static class Macros
{
    /// <summary>The macros of one rendering.</summary>
    public static TemplateObject Of(Func<DateTimeOffset> now, Random chance) => TemplateObject.Of("macros",
        Own(now).Concat(ModuleMacros.Of(now, chance)).ToDictionary(macro => macro.Key, macro => macro.Value, StringComparer.Ordinal));

    private static Dictionary<string, Func<object?>> Own(Func<DateTimeOffset> now) => new(StringComparer.Ordinal)
    {
        ["timedelta"] = () => (TemplateFunction)(call => DateMembers.Span(call.Expect("days", "seconds", "microseconds", "milliseconds", "minutes", "hours", "weeks"))
            + TimeSpan.FromMicroseconds(call.Number("microseconds", 0) + (1000 * call.Number("milliseconds", 0)))),
        ["ds_add"] = () => (TemplateFunction)(call =>
        {
            call.Expect("ds", "days");
            return PythonClock.Parse(call.Text("ds"), "%Y-%m-%d").Add(TimeSpan.FromDays(Math.Clamp(call.Integer("days"), -4_000_000, 4_000_000))).Date;
        }),
        ["ds_format"] = () => (TemplateFunction)(call =>
        {
            call.Expect("ds", "input_format", "output_format");
            return PythonClock.Format(PythonClock.Parse(call.Text("ds"), call.Text("input_format")), call.Text("output_format"));
        }),
        ["datetime"] = () => Datetime(now),
        ["json"] = () => Json,
    };

    private static TemplateObject Json { get; } = TemplateObject.Of("macros.json", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
    {
        ["dumps"] = () => (TemplateFunction)(call => Filters.ToJson(call.Expect("obj").Get("obj"), indented: false)),
        ["loads"] = () => (TemplateFunction)Loads,
    });

    // datetime is a class in Python: it is called, and it has functions.
    private static TemplateCallable Datetime(Func<DateTimeOffset> now) => new(
        call => DateMembers.Make(call.Expect("year", "month", "day", "hour", "minute", "second", "microsecond").Has("day") ? call
            : throw new TemplateFault("datetime() needs at least year, month and day."), new DateTime(1, 1, 1), 0),
        TemplateObject.Of("macros.datetime", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
        {
            ["strptime"] = () => (TemplateFunction)(call => PythonClock.Parse(call.Expect("date_string", "format").Text("date_string"), call.Text("format"))),
            // Airflow's workers mostly live in UTC, as all dates here do.
            ["now"] = () => (TemplateFunction)(call => TemplateDate.Of(now().ToUniversalTime()) with { Offset = call.Expect("tz").Has("tz") ? TimeSpan.Zero : null }),
            ["utcnow"] = () => (TemplateFunction)(call => call.Expect() is var _ ? TemplateDate.Of(now().ToUniversalTime()) with { Offset = null } : null),
            ["fromisoformat"] = () => (TemplateFunction)(call => TemplateDate.Parse(call.Expect("date_string").Text("date_string"))),
        }));

    /// <summary>Jinja's range(start, stop, step).</summary>
    public static object Range(Arguments call)
    {
        call.Expect("start", "stop", "step");
        var (start, stop) = call.Has("stop") ? (call.Integer("start"), call.Integer("stop")) : (0, call.Integer("start"));
        var step = call.Integer("step", 1);
        if (step == 0) throw new TemplateFault("The step of range() must not be 0.");
        var count = Math.Max(0, Math.Ceiling(((double)stop - start) / step));
        call.Run.Charge(count < TemplateRun.LongestOutput ? (long)count : long.MaxValue / 2);
        return new TemplateList(Enumerable.Range(0, (int)count).Select(object? (i) => start + (i * step)).ToList());
    }

    private static object? Loads(Arguments call)
    {
        try
        {
            return TemplateJson.FromJson(System.Text.Json.Nodes.JsonNode.Parse(call.Expect("s").Text("s")));
        }
        catch (Exception error) when (error is System.Text.Json.JsonException or ArgumentException)
        {
            throw new TemplateFault("json.loads() was given a text that is not JSON.");
        }
    }
}

/// <summary>A Python class as templates see it: something to call that also has parts.</summary>
internal sealed record TemplateCallable(TemplateFunction Function, TemplateObject Parts);
