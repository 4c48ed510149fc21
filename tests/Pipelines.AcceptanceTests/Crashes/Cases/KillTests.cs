namespace Pipelines.AcceptanceTests.Crashes.Cases;

/// <summary>
/// kill -9 between every two steps, one after the other under a stream of runs, and then the proof that nothing was lost and nothing was
/// loaded twice.
/// </summary>
public sealed class KillTests
{
    private static Installation Installation => Ground.Installation;

    [Test]
    public async Task A_worker_dies_between_every_two_steps()
    {
        var append = await Workload.StartAsync(Installation, "kill_append", "append", TimeSpan.FromSeconds(3), 40, live: false);
        var replace = await Workload.StartAsync(Installation, "kill_replace", "replace_interval", TimeSpan.FromSeconds(6), 20, live: false);
        foreach (var step in Step.OfTask) await KillAsync(step, "worker");
        await append.ProveAsync();
        await replace.ProveAsync();
    }

    [Test]
    public async Task A_scheduler_dies_between_every_two_steps()
    {
        var workload = await Workload.StartAsync(Installation, "kill_scheduler", "append", TimeSpan.FromSeconds(1), 30, live: true);
        foreach (var step in Step.OfScheduler) await KillAsync(step, "scheduler");
        foreach (var web in Installation.All("web")) await web.KillAsync();
        await workload.ProveAsync();
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task The_database_dies_at_a_commit(bool wholeCluster)
    {
        var workload = await Workload.StartAsync(Installation, $"kill_postgres_{wholeCluster}".ToLowerInvariant(), "append", TimeSpan.FromSeconds(1), 12, live: false);
        foreach (var name in new[] { "claim committed", "report done, not committed" })
        {
            using var hold = Step.OfTask.Single(step => step.Name == name).Set(Installation);
            await hold.CaughtAsync().WaitAsync(TimeSpan.FromSeconds(45));
            await Installation.Database.KillAsync(wholeCluster);
            hold.Cut();
            await Installation.Database.StartAgainAsync();
        }
        await workload.ProveAsync();
        Assert.That(Installation.Exits, Is.Empty);
    }

    private static async Task KillAsync(Step step, string verb)
    {
        var caught = await Installation.CatchAsync(step, verb);
        await caught.Role.KillAsync();
        caught.Hold.Cut();
        TestContext.Progress.WriteLine($"{DateTime.UtcNow:HH:mm:ss.f} killed {caught.Role.Name} at '{step}'");
    }
}
