namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>The formats one load reads: the one that was given, or with 'auto' those of a list, besides ISO.</summary>
internal sealed class TimeFormats
{
    private static readonly TimePattern[] Dates =
        [.. new[] { "YYYY/MM/DD", "YYYY.MM.DD", "YYYYMMDD", "MM/DD/YYYY", "MM-DD-YYYY", "DD.MM.YYYY", "DD-MON-YYYY", "MON DD, YYYY", "MON DD YYYY", "DD MON YYYY" }.Select(format => new TimePattern(format))];

    private static readonly TimePattern[] Moments =
        [.. new[] { "YYYY/MM/DD HH24:MI:SS", "MM/DD/YYYY HH24:MI:SS", "YYYYMMDD HH24MISS", "YYYYMMDDHH24MISS", "MON DD, YYYY HH12:MI:SS AM", "DD-MON-YYYY HH24:MI:SS" }.Select(format => new TimePattern(format))];

    private readonly TimePattern[] _patterns;

    public TimeFormats(string? format)
    {
        IsAuto = string.Equals(format, "auto", StringComparison.OrdinalIgnoreCase);
        EpochUnit = format?.ToLowerInvariant() switch { "epochsecs" => 1_000_000, "epochmillisecs" => 1_000, _ => 0 };
        IsDefault = format is null;
        _patterns = IsAuto ? [.. Moments, .. Dates] : format is null || EpochUnit > 0 ? [] : [new TimePattern(format)];
    }

    /// <summary>No format was given: ISO only.</summary>
    public bool IsDefault { get; }

    public bool IsAuto { get; }

    /// <summary>Microseconds of one unit when moments are numbers since 1970; otherwise 0.</summary>
    public int EpochUnit { get; }

    /// <returns>The moment in ISO form, or null.</returns>
    public string? TryFormatIso(ReadOnlySpan<byte> text)
    {
        foreach (var pattern in _patterns)
            if (pattern.TryFormatIso(text) is { } iso) return iso;
        return null;
    }
}
