using System.Globalization;

namespace Pipelines.Model.Runs;

/// <summary>Python's isoformat of an instant in UTC, as in Airflow's run ids: <c>2026-01-01T00:00:00+00:00</c>, microseconds only when not zero.</summary>
internal static class IsoDate
{
    public static string Format(DateTimeOffset at) => at.UtcDateTime.ToString(
        at.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond == 0 ? "yyyy-MM-dd'T'HH:mm:ss'+00:00'" : "yyyy-MM-dd'T'HH:mm:ss.ffffff'+00:00'",
        CultureInfo.InvariantCulture);
}
