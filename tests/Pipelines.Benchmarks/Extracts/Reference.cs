using System.Diagnostics;
using System.Globalization;

namespace Pipelines.Benchmarks.Extracts;

/// <summary>What psql and gzip took for the same rows.</summary>
/// <param name="Seconds">From start to end.</param>
/// <param name="ProcessorSeconds">Of psql, or of gzip where it is measured: never of the server.</param>
internal sealed record ReferenceCost(double Seconds, double ProcessorSeconds);

/// <summary>Debian's psql and gzip, run by bash, whose <c>time</c> counts the processor time of what it ran.</summary>
internal static class Reference
{
    /// <summary><c>psql -c "COPY … TO STDOUT" > /dev/null</c>.</summary>
    public static Task<ReferenceCost> CopyAsync(string sourceUri, string table) =>
        RunAsync(sourceUri, table, """{ time psql "$SOURCE" -Xqc "$COPY" > /dev/null; }""");

    /// <summary><c>psql … | gzip -6 > /dev/null</c>; the processor time is gzip's.</summary>
    public static Task<ReferenceCost> GzipAsync(string sourceUri, string table) =>
        RunAsync(sourceUri, table, """psql "$SOURCE" -Xqc "$COPY" | { time gzip -6 > /dev/null; }""");

    private static async Task<ReferenceCost> RunAsync(string sourceUri, string table, string pipeline)
    {
        var start = new ProcessStartInfo("bash", ["-c", "set -eo pipefail; TIMEFORMAT='%R %U %S'; " + pipeline]) { RedirectStandardError = true };
        (start.Environment["SOURCE"], start.Environment["COPY"]) = (sourceUri, $"COPY {table} TO STDOUT (FORMAT csv)");
        using var bash = Process.Start(start)!;
        var said = await bash.StandardError.ReadToEndAsync();
        await bash.WaitForExitAsync();
        if (bash.ExitCode != 0) throw new InvalidOperationException($"psql failed; install Debian's postgresql-client: {said}");
        var times = said.Split(' ', StringSplitOptions.TrimEntries).Select(text => double.Parse(text, CultureInfo.InvariantCulture)).ToArray();
        return new ReferenceCost(times[0], times[1] + times[2]);
    }
}
