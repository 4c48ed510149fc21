namespace Pipelines.Model.Templates;

/// <summary>dateutil's relativedelta: parts that a date is given, months that are added, then exact time.</summary>
/// <param name="Months">Added; a day that the month lacks becomes its last.</param>
/// <param name="Span">Added after that.</param>
/// <param name="Replace">The parts that are set before, as relativedelta's singular arguments say.</param>
internal sealed record TemplateDelta(int Months, TimeSpan Span, Func<TemplateDate, TemplateDate> Replace)
{
    public static TemplateDelta Of(Arguments call)
    {
        call.Expect("years", "months", "days", "weeks", "hours", "minutes", "seconds", "microseconds", "year", "month", "day", "hour", "minute", "second", "microsecond");
        var months = (call.Integer("years", 0) * 12) + call.Integer("months", 0);
        if (Math.Abs(months) > 12 * 9999) throw new TemplateFault("A relativedelta spans at most 9999 years.");
        return new TemplateDelta((int)months, DateMembers.Span(call) + TimeSpan.FromMicroseconds(Math.Clamp(call.Integer("microseconds", 0), -1_000_000_000_000, 1_000_000_000_000)),
            date => DateMembers.Make(call, At(call, date.Wall), date.Microsecond) with { Offset = date.Offset });
    }

    public static TemplateDelta operator -(TemplateDelta delta) => delta with { Months = -delta.Months, Span = -delta.Span };

    public TemplateDate After(TemplateDate date)
    {
        var replaced = Replace(date);
        try
        {
            return (replaced with { Wall = replaced.Wall.AddMonths(Months) }).Add(Span);
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new TemplateFault("The date would be outside the years 1 to 9999.");
        }
    }

    // The day that a month lacks becomes its last, as relativedelta(month=2) of the 31st, or relativedelta(day=31) of any month.
    private static DateTime At(Arguments call, DateTime wall)
    {
        var (year, month) = ((int)Math.Clamp(call.Integer("year", wall.Year), 1, 9999), (int)Math.Clamp(call.Integer("month", wall.Month), 1, 12));
        return wall.Day <= DateTime.DaysInMonth(year, month) ? wall : wall.AddDays(DateTime.DaysInMonth(year, month) - wall.Day);
    }
}
