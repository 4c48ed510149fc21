using System.Globalization;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>With default settings: how soon another worker has the tasks of one that died.</summary>
[Category("Soak")]
public sealed class RedispatchTests
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(4);

    [Test]
    public async Task Workers_die_one_after_the_other_with_default_settings()
    {
        const int kills = 60;
        await using var installation = await Installation.StartAsync(new Shape(2, 4, 0));
        var began = DateTime.UtcNow;
        var workload = await Workload.StartAsync(installation, "redispatch", "append", TimeSpan.FromSeconds(2), (int)(kills * Every / TimeSpan.FromSeconds(2)), live: true);
        var done = new List<Kill>();
        using var timer = new PeriodicTimer(Every);
        while (done.Count < kills && !await workload.HasEndedAsync() && await timer.WaitForNextTickAsync())
        {
            Role? worker = null;
            await Until.HappensAsync(async () => (worker = await BusyAsync(installation)) is not null, Every);
            if (worker is null) continue;
            var name = worker.WorkerName;
            await worker.KillAsync();
            done.Add(new Kill(DateTime.UtcNow, "worker", "at random", name));
        }

        await workload.ProveAsync();
        var seconds = await Redispatch.SecondsAsync(installation, done, began);
        TestContext.Progress.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"re-dispatch of {seconds.Count} tasks of {done.Count} dead workers: P50 {Redispatch.At(seconds, 0.5):0.0} s, P99 {Redispatch.At(seconds, 0.99):0.0} s, max {Redispatch.At(seconds, 1):0.0} s"));
        Assert.That(seconds, Is.Not.Empty);
        Assert.That(Redispatch.At(seconds, 0.99), Is.LessThan(60), "the goal is 15 s; a busy machine may be slower");
    }

    /// <summary>A worker that is running something.</summary>
    private static async Task<Role?> BusyAsync(Installation installation)
    {
        var busy = (await installation.Database.RowsAsync("SELECT DISTINCT worker FROM pipelines.task_instance WHERE state = 'running'")).Select(row => (string)row[0]!).ToList();
        return installation.All("worker").FirstOrDefault(role => role.IsReady && busy.Any(name => $"{name}:".StartsWith($"{role.WorkerName}:", StringComparison.Ordinal)));
    }
}
