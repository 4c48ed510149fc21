using System.Globalization;

namespace Pipelines.Model.Templates;

/// <summary>A Python datetime: a wall clock and, unless it is naive, its offset from UTC.</summary>
internal sealed record TemplateDate(DateTime Wall, TimeSpan? Offset)
{
    public static TemplateDate Of(DateTimeOffset instant) => new(instant.DateTime, instant.Offset);

    /// <summary>The instant; a naive date counts as UTC.</summary>
    public DateTimeOffset Instant => new(DateTime.SpecifyKind(Wall, DateTimeKind.Unspecified), Offset ?? TimeSpan.Zero);

    public long Microsecond => Wall.Ticks % TimeSpan.TicksPerSecond / 10;

    public string Date => Wall.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public string IsoFormat(char separator) => Date + separator + Wall.ToString("HH:mm:ss", CultureInfo.InvariantCulture)
        + (Microsecond == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $".{Microsecond:000000}")) + OffsetText(":");

    /// <summary><c>+01:00</c> with the separator between hours and minutes; empty when naive.</summary>
    public string OffsetText(string separator) => Offset is not { } offset ? ""
        : string.Create(CultureInfo.InvariantCulture, $"{(offset < TimeSpan.Zero ? '-' : '+')}{Math.Abs(offset.Hours):00}{separator}{Math.Abs(offset.Minutes):00}");

    public string Repr() => $"datetime.datetime('{IsoFormat('T')}')";

    public TemplateDate Add(TimeSpan span)
    {
        try
        {
            return this with { Wall = Wall + span };
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new TemplateFault($"{IsoFormat('T')} plus {PythonText.Str(span)} is outside the years 1 to 9999.");
        }
    }

    /// <summary>A date of a text in ISO 8601; naive when the text has no offset.</summary>
    public static TemplateDate Parse(string text)
    {
        var style = DateTimeStyles.RoundtripKind;
        if (!DateTime.TryParse(text, CultureInfo.InvariantCulture, style, out var wall) || text.Length < 8)
            throw new TemplateFault($"'{text}' is not a date in ISO 8601 such as 2026-01-31.");
        if (wall.Kind == DateTimeKind.Unspecified) return new TemplateDate(wall, null);
        return Of(DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, style));
    }
}
