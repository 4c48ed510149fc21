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
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // The workloads are due every few seconds, so a round's length is the number of its runs.
    private static readonly int RoundSeconds = int.Parse(Setting("PIPELINES_ROUND_SECONDS") ?? "240", CultureInfo.InvariantCulture);

    private readonly Tally _tally = new(Setting("PIPELINES_SOAK_FILE") ?? Path.Combine(Path.GetTempPath(), "pipelines-soak.jsonl"));

    [Test]
    public async Task Kills_without_end_lose_nothing_and_load_nothing_twice()
    {
        var wanted = int.Parse(Setting("PIPELINES_KILLS") ?? "1000", CultureInfo.InvariantCulture);
        var seed = int.Parse(Setting("PIPELINES_SEED") ?? Random.Shared.Next(1, 1_000_000).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        await using var installation = await Installation.StartAsync(new Shape(2, 3, 1), ("PIPELINES_LEASE", Setting("PIPELINES_LEASE") ?? "3"), ("PIPELINES_HAND_AGAIN_AFTER", "3"));
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
        List<string> losses = [];
        foreach (var workload in workloads)
            if (!await Until.HappensAsync(workload.HasEndedAsync, Patience)) losses.Add(await workload.StandAsync());
        losses.AddRange(installation.Exits);
        losses.AddRange((await installation.OpenUploadsAsync()).Select(key => $"the upload of {key} is open"));
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
            Recoveries = [.. await Redispatch.SecondsAsync(installation, kills, began)],
        };
    }

    private static string? Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
