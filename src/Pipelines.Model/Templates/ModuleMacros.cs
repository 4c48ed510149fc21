using System.Globalization;

namespace Pipelines.Model.Templates;

/// <summary>The Python modules among Airflow's macros: time, uuid, random, dateutil, and its words for dates.</summary>
internal static class ModuleMacros
{
    public static IEnumerable<KeyValuePair<string, Func<object?>>> Of(Func<DateTimeOffset> now, Random chance) =>
    [
        new("random", () => (TemplateFunction)(call => call.Expect() is var _ ? chance.NextDouble() : 0)),
        new("uuid", () => TemplateObject.Of("macros.uuid", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
        {
            ["uuid4"] = () => (TemplateFunction)(call => Uuid(call.Expect(), chance)),
        })),
        new("time", () => TemplateObject.Of("macros.time", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
        {
            ["time"] = () => (TemplateFunction)(call => call.Expect() is var _ ? (now() - DateTimeOffset.UnixEpoch).TotalSeconds : 0),
            ["strftime"] = () => (TemplateFunction)(call => PythonClock.Format(TemplateDate.Of(now().ToUniversalTime()), call.Expect("format").Text("format"))),
        })),
        new("dateutil", () => TemplateObject.Of("macros.dateutil", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
        {
            ["parser"] = () => TemplateObject.Of("macros.dateutil.parser", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
            {
                ["parse"] = () => (TemplateFunction)(call => TemplateDate.Parse(call.Expect("timestr").Text("timestr"))),
            }),
            ["relativedelta"] = () => TemplateObject.Of("macros.dateutil.relativedelta", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
            {
                ["relativedelta"] = () => (TemplateFunction)TemplateDelta.Of,
            }),
        })),
        new("ds_format_locale", () => (TemplateFunction)InLocale),
        new("datetime_diff_for_humans", () => (TemplateFunction)(call => ForHumans(call.Expect("dt", "since"), now))),
    ];

    private static string Uuid(Arguments call, Random chance)
    {
        call.Run.Charge(16);
        var bytes = new byte[16];
        chance.NextBytes(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0f) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3f) | 0x80);
        return new Guid(bytes, bigEndian: true).ToString();
    }

    // Babel's patterns are Unicode's, which .NET's nearly are: only the names of days and of the halves of a day are other letters.
    private static string InLocale(Arguments call)
    {
        call.Expect("ds", "input_format", "output_format", "locale");
        var date = PythonClock.Parse(call.Text("ds"), call.Text("input_format"));
        var (pattern, locale) = (call.Text("output_format"), call.Get("locale", null) as string ?? "en");
        // The engine carries no words of other languages.
        if (!locale.StartsWith("en", StringComparison.OrdinalIgnoreCase)) throw new TemplateFault($"ds_format_locale() knows the words of English only, not of '{locale}'. Use numbers, or leave the locale out.");
        try
        {
            var ours = pattern.Replace("EEEE", "dddd", StringComparison.Ordinal).Replace("EEE", "ddd", StringComparison.Ordinal).Replace("a", "tt", StringComparison.Ordinal);
            return date.Wall.ToString(ours, CultureInfo.InvariantCulture);
        }
        catch (FormatException)
        {
            throw new TemplateFault($"'{pattern}' is no pattern for dates such as dd. MMMM yyyy.");
        }
    }

    // As pendulum's diff_for_humans, which rounds up what is nearly the next unit.
    private static string ForHumans(Arguments call, Func<DateTimeOffset> now)
    {
        if (call.Get("dt") is not TemplateDate date) throw new TemplateFault("datetime_diff_for_humans() needs a date.");
        var since = call.Get("since", null) as TemplateDate;
        var (from, to) = (since?.Instant ?? now(), date.Instant);
        var isAfter = to > from;
        if (isAfter) (from, to) = (to, from);
        var amount = Amount(to.UtcDateTime, from.UtcDateTime);
        return (since, isAfter) switch { (null, true) => $"in {amount}", (null, false) => $"{amount} ago", (_, true) => $"{amount} after", _ => $"{amount} before" };
    }

    private static string Amount(DateTime early, DateTime late)
    {
        var months = ((late.Year - early.Year) * 12) + late.Month - early.Month;
        if (early.AddMonths(months) > late) months--;
        var rest = late - early.AddMonths(months);
        var (years, days) = (months / 12, rest.Days);
        months %= 12;
        return years > 0 ? Unit(years + (months > 6 ? 1 : 0), "year")
            : months == 11 && days > 15 ? Unit(1, "year")
            : months > 0 ? Unit(months + (days >= 27 ? 1 : 0), "month")
            : days >= 7 ? Unit((days / 7) + (days % 7 > 3 ? 1 : 0), "week")
            : days > 0 ? Unit(days + (rest.Hours >= 22 ? 1 : 0), "day")
            : rest.Hours > 0 ? Unit(rest.Hours, "hour")
            : rest.Minutes > 0 ? Unit(rest.Minutes, "minute")
            : rest.Seconds > 10 ? Unit(rest.Seconds, "second") : "a few seconds";
    }

    private static string Unit(int count, string unit) => string.Create(CultureInfo.InvariantCulture, $"{count} {unit}{(count == 1 ? "" : "s")}");
}
