using System.Globalization;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>How long the tasks of a dead worker wait for the next one.</summary>
internal static class Redispatch
{
    /// <summary>The goal; what is slower is printed.</summary>
    private const double SlowSeconds = 15;

    /// <summary>Of every attempt that died with its worker: seconds from the kill to the next claim.</summary>
    public static async Task<List<double>> SecondsAsync(Installation installation, IReadOnlyList<Kill> kills, DateTime began)
    {
        var lost = await installation.Database.RowsAsync(
            $"""
            SELECT a.worker, a.start_date, a.end_date, n.start_date, r.run_id || ' ' || ti.task_id FROM pipelines.task_attempt a
            JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id JOIN pipelines.dag_run r ON r.id = ti.dag_run_id
            CROSS JOIN LATERAL (SELECT start_date FROM pipelines.task_attempt n WHERE n.task_instance_id = a.task_instance_id AND n.token > a.token ORDER BY n.token LIMIT 1) n
            WHERE a.state = 'failed' AND a.error LIKE 'Worker % stopped renewing%' AND a.start_date >= '{began:yyyy-MM-dd HH:mm:ss}Z'
            """);
        var seconds = new List<double>();
        foreach (var row in lost)
        {
            var (started, ended, next) = ((DateTime)row[1]!, (DateTime)row[2]!, (DateTime)row[3]!);
            if (kills.FirstOrDefault(kill => kill.IsOf((string)row[0]!) && kill.At >= started) is not { } kill) continue;
            // While the database is away nobody can take anything over, and after its start every worker has the time of a lease to renew.
            if (kills.Any(other => other.IsOfDatabase && other.At >= started && other.At <= next)) continue;
            seconds.Add((next - kill.At).TotalSeconds);
            if (seconds[^1] > SlowSeconds)
                TestContext.Progress.WriteLine(string.Create(CultureInfo.InvariantCulture, $"slow: {row[4]} of {kill}: lease ended {ended:HH:mm:ss.f}, next claim {next:HH:mm:ss.f}"));
        }
        seconds.Sort();
        return seconds;
    }

    /// <summary>The value below which this share of them lies.</summary>
    public static double At(IReadOnlyList<double> sorted, double share) => sorted.Count == 0 ? double.NaN : sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
}
