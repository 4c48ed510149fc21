using System.Globalization;

namespace Pipelines.AcceptanceTests.Crashes.Cases;

/// <summary>Two schedulers, of which one dies: no interval is missed, none runs twice, and hardly one comes late.</summary>
public sealed class SchedulerTests
{
    private static Installation Installation => Ground.Installation;

    [Test]
    public async Task Of_two_schedulers_one_dies()
    {
        var dead = Installation.All("scheduler").First();
        await dead.ReadyAsync();
        await Installation.All("scheduler").Last().ReadyAsync();
        var workload = await Workload.StartAsync(Installation, "one_scheduler", "append", TimeSpan.FromSeconds(1), 16, live: true);
        await Until.TrueAsync(async () => await MadeAsync() >= 6, TimeSpan.FromMinutes(1), workload.StandAsync);
        var killed = DateTime.UtcNow;
        await dead.KillAsync(forGood: true);

        await workload.ProveAsync();
        var lags = await Installation.Database.RowsAsync(
            $"SELECT extract(epoch FROM queued_at - run_after)::float8, run_after < '{killed:yyyy-MM-dd HH:mm:ss.fff}Z' FROM pipelines.dag_run WHERE dag_id = 'one_scheduler' ORDER BY run_after");
        TestContext.Progress.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"longest lag of a run: {Longest(before: true):0.00} s with two schedulers, {Longest(before: false):0.00} s after one died"));
        Assert.That(Longest(before: false), Is.LessThan(30), "a run waits for a live scheduler, not for a dead one");
        await dead.StartAsync();

        double Longest(bool before) => lags.Where(lag => (bool)lag[1]! == before).Max(lag => (double)lag[0]!);
        async Task<long> MadeAsync() => await Installation.Database.ScalarAsync<long>("SELECT count(*) FROM pipelines.dag_run WHERE dag_id = 'one_scheduler'");
    }
}
