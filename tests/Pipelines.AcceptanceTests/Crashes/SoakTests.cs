using System.Diagnostics;
using System.Globalization;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>
/// A thousand kills (<c>PIPELINES_KILLS</c>) in rounds: while runs come every second, processes die at steps and at random moments; at
/// the end of a round everything must be there once. See this project's README.
/// </summary>
[Category("Soak")]
public sealed class SoakTests
{
    // The goal for a re-dispatch; what is slower is printed.
    private const double SlowSeconds = 15;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // The workloads are due every few seconds, so a round's length is the number of its runs.
    private static readonly int RoundSeconds = int.Parse(Setting("PIPELINES_ROUND_SECONDS") ?? "240", CultureInfo.InvariantCulture);

    private readonly Tally _tally = new(Setting("PIPELINES_SOAK_FILE") ?? Path.Combine(Path.GetTempPath(), "pipelines-soak.jsonl"));

    [Test]
    public async Task Kills_without_end_lose_nothing_and_load_nothing_twice()
    {
        var wanted = int.Parse(Setting("PIPELINES_KILLS") ?? "1000", CultureInfo.InvariantCulture);
        var seed = int.Parse(Setting("PIPELINES_SEED") ?? Random.Shared.Next(1, 1_000_000).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        await using var installation = await Installation.StartAsync(new Shape(2, 3, 1), ("PIPELINES_LEASE", Setting("PIPELINES_LEASE") ?? "3"));
        for (var round = 1; _tally.Kills < wanted; round++)
        {
            TestContext.Progress.WriteLine($"round {round} of seed {seed}; {_tally.Kills} of {wanted} kills so far");
            _tally.Add(await RoundAsync(installation, round, seed, wanted - _tally.Kills));
            TestContext.Progress.WriteLine(_tally.Summary());
            Assert.That(_tally.Rounds[^1].Losses, Is.Empty);
            seed++;
        }
        TestContext.Progress.WriteLine(_tally.Summary());
    }

    private static async Task<Tally.Round> RoundAsync(Installation installation, int round, int seed, int most)
    {
        var watch = Stopwatch.StartNew();
        var began = DateTime.UtcNow;
        Workload[] workloads =
        [
            await Workload.StartAsync(installation, $"soak{round}_a", "append", TimeSpan.FromSeconds(3), RoundSeconds / 3, live: true),
            await Workload.StartAsync(installation, $"soak{round}_b", "append", TimeSpan.FromSeconds(5), RoundSeconds / 5, live: true),
            await Workload.StartAsync(installation, $"soak{round}_r", "replace_interval", TimeSpan.FromSeconds(4), RoundSeconds / 4, live: true),
        ];
        var killer = new Killer(installation, new Random(seed));
        while (killer.Kills.Count < most && watch.Elapsed.TotalSeconds < RoundSeconds) await killer.NextAsync();
        foreach (var workload in workloads) await Until.TrueAsync(workload.HasEndedAsync, Patience, workload.StandAsync);

        var losses = new List<string>(installation.Roles.SelectMany(role => role.Exits));
        foreach (var workload in workloads) losses.AddRange(await workload.LossesAsync());
        var result = await ResultAsync(installation, workloads, killer.Kills, began) with { Seed = seed, Seconds = watch.Elapsed.TotalSeconds, Losses = [.. losses] };
        if (losses.Count == 0) foreach (var workload in workloads) await workload.DropAsync();
        return result;
    }

    private static async Task<Tally.Round> ResultAsync(Installation installation, Workload[] workloads, IReadOnlyList<Kill> kills, DateTime began)
    {
        var dags = string.Join(", ", workloads.Select(workload => $"'{workload.DagId}'"));
        var counts = (await installation.Database.RowsAsync(
            $"""
            SELECT count(DISTINCT ti.id), count(a.id) FROM pipelines.dag_run r JOIN pipelines.task_instance ti ON ti.dag_run_id = r.id
            JOIN pipelines.task_attempt a ON a.task_instance_id = ti.id WHERE r.dag_id IN ({dags})
            """)).Single();
        return new Tally.Round
        {
            Seed = 0,
            Seconds = 0,
            Losses = [],
            Ended = DateTime.UtcNow,
            Kills = kills.GroupBy(kill => kill.Victim).ToDictionary(
                victim => victim.Key, victim => victim.GroupBy(kill => kill.Step).ToDictionary(step => step.Key, step => step.Count())),
            Runs = workloads.Sum(workload => workload.Runs),
            TaskInstances = (long)counts[0]!,
            Attempts = (long)counts[1]!,
            Recoveries = [.. await RecoveriesAsync(installation, kills, began)],
        };
    }

    /// <summary>Of every attempt that died with its worker: from the kill to the next claim.</summary>
    private static async Task<List<double>> RecoveriesAsync(Installation installation, IReadOnlyList<Kill> kills, DateTime began)
    {
        var lost = await installation.Database.RowsAsync(
            $"""
            SELECT a.worker, a.start_date, a.end_date, n.start_date, r.run_id || ' ' || ti.task_id FROM pipelines.task_attempt a
            JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id JOIN pipelines.dag_run r ON r.id = ti.dag_run_id
            CROSS JOIN LATERAL (SELECT start_date FROM pipelines.task_attempt n WHERE n.task_instance_id = a.task_instance_id AND n.token > a.token ORDER BY n.token LIMIT 1) n
            WHERE a.state = 'failed' AND a.error LIKE 'Worker % stopped renewing%' AND a.start_date >= '{began:yyyy-MM-dd HH:mm:ss}Z'
            """);
        var recoveries = new List<double>();
        foreach (var row in lost)
        {
            var (ended, next) = ((DateTime)row[2]!, (DateTime)row[3]!);
            if (kills.FirstOrDefault(kill => kill.Worker == (string)row[0]! && kill.At >= (DateTime)row[1]!) is not { } kill) continue;
            recoveries.Add((next - kill.At).TotalSeconds);
            if (recoveries[^1] > SlowSeconds)
                TestContext.Progress.WriteLine($"slow: {row[4]} of {kill}: lease ended {ended:HH:mm:ss.f}, next claim {next:HH:mm:ss.f}");
        }
        return recoveries;
    }

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
