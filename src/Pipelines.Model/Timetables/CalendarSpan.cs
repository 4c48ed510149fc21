using System.Globalization;
using System.Text.RegularExpressions;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Timetables;

/// <summary>A duration with months (Airflow's relativedelta): how long it is depends on where it begins.</summary>
/// <param name="Months">Years count twelve each; not negative.</param>
/// <param name="Rest">What it has beside them; not negative.</param>
public readonly partial record struct CalendarSpan(int Months, TimeSpan Rest)
{
    private const int MostMonths = 12 * 9999;

    /// <summary>Reads ISO 8601 with years or months, such as <c>P1M</c>, <c>P1Y6M</c> or <c>P1M15DT6H</c>, or what <see cref="InputText.TryDuration"/> reads.</summary>
    public static bool TryParse(string text, out CalendarSpan value)
    {
        value = default;
        if (InputText.TryDuration(text, out var plain))
        {
            value = new(0, plain);
            return true;
        }

        if (Form().Match(text) is not { Success: true } match || (!match.Groups["y"].Success && !match.Groups["m"].Success)) return false;
        var rest = TimeSpan.Zero;
        if (match.Groups["rest"].Length > 0 && !InputText.TryDuration($"P{match.Groups["rest"].Value}", out rest)) return false;
        var months = (12 * Number(match.Groups["y"])) + Number(match.Groups["m"]);
        if (months > MostMonths) return false;
        value = new((int)months, rest);
        return true;
    }

    /// <summary>Months first, to the last day of a shorter month, then the rest; in UTC, as Airflow.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The calendar ends before.</exception>
    public DateTimeOffset After(DateTimeOffset instant) => instant.ToUniversalTime().AddMonths(Months) + Rest;

    /// <summary>As <see cref="After"/>, backwards.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The calendar begins after.</exception>
    public DateTimeOffset Before(DateTimeOffset instant) => instant.ToUniversalTime().AddMonths(-Months) - Rest;

    /// <summary>As Airflow counts it where it needs a fixed length: 365 days a year, 30 a month.</summary>
    internal long FixedTicks => (TimeSpan.FromDays((365L * (Months / 12)) + (30L * (Months % 12))) + Rest).Ticks;

    private static long Number(Group group) => group.Success ? long.Parse(group.Value, CultureInfo.InvariantCulture) : 0;

    [GeneratedRegex(@"^P(?:(?<y>\d{1,4})Y)?(?:(?<m>\d{1,6})M)?(?<rest>(?:\d+D)?(?:T.+)?)$")]
    private static partial Regex Form();
}
