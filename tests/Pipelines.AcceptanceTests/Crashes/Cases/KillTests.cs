namespace Pipelines.AcceptanceTests.Crashes.Cases;

/// <summary>
/// kill -9 between every two steps, one after the other under a stream of runs, and then the proof that nothing was lost and nothing was
/// loaded twice.
/// </summary>
public sealed class KillTests
{
    private static Installation Installation => Ground.Installation;

    private static IEnumerable<TestCaseData> WorkerSteps =>
    [
        Case("claim committed", "second part stored", "manifest written", "before COMMIT", "COMMIT done", "report done, not committed", "report committed").SetName("A_worker_dies_between_two_steps"),
        Case([.. Step.OfTask.Select(step => step.Name)]).SetName("A_worker_dies_between_every_two_steps").SetCategory("Soak"),
    ];

    private static IEnumerable<TestCaseData> SchedulerSteps =>
    [
        Case("run committed", "slots granted, not committed").SetName("A_scheduler_dies_between_two_steps"),
        Case([.. Step.OfScheduler.Select(step => step.Name)]).SetName("A_scheduler_dies_between_every_two_steps").SetCategory("Soak"),
    ];

    [TestCaseSource(nameof(WorkerSteps))]
    public async Task A_worker_dies(string[] steps)
    {
        var append = await Workload.StartAsync(Installation, $"kill_append_{steps.Length}", "append", TimeSpan.FromSeconds(3), 2 * steps.Length, live: false);
        var replace = await Workload.StartAsync(Installation, $"kill_replace_{steps.Length}", "replace_interval", TimeSpan.FromSeconds(6), steps.Length, live: false);
        foreach (var step in steps) await KillAsync(Step.Named(step), "worker");
        await append.ProveAsync();
        await replace.ProveAsync();
        Assert.That(await Installation.OpenUploadsAsync(), Is.Empty, "what the dead left open in S3");
    }

    [TestCaseSource(nameof(SchedulerSteps))]
    public async Task A_scheduler_dies(string[] steps)
    {
        var workload = await Workload.StartAsync(Installation, $"kill_scheduler_{steps.Length}", "append", TimeSpan.FromSeconds(1), 4 * steps.Length, live: true);
        foreach (var step in steps) await KillAsync(Step.Named(step), "scheduler");
        foreach (var web in Installation.All("web")) await web.KillAsync();
        await workload.ProveAsync();
    }

    [TestCase(false, Category = "Soak")]
    [TestCase(true)]
    public async Task The_database_dies_at_a_commit(bool wholeCluster)
    {
        var workload = await Workload.StartAsync(Installation, $"kill_postgres_{wholeCluster}".ToLowerInvariant(), "append", TimeSpan.FromSeconds(1), 8, live: false);
        foreach (var name in new[] { "claim committed", "report done, not committed" })
        {
            using var hold = Step.Named(name).Set(Installation);
            await hold.CaughtAsync().WaitAsync(TimeSpan.FromSeconds(45));
            await Installation.Database.KillAsync(wholeCluster);
            hold.Cut();
            await Installation.Database.StartAgainAsync();
        }
        await workload.ProveAsync();
        Assert.That(Installation.Exits, Is.Empty);
    }

    // One parameter that is an array, not an array of parameters.
    private static TestCaseData Case(params string[] steps) => new((object)steps);

    private static async Task KillAsync(Step step, string verb)
    {
        var caught = await Installation.CatchAsync(step, verb);
        await caught.Role.KillAsync();
        caught.Hold.Cut();
        TestContext.Progress.WriteLine($"{DateTime.UtcNow:HH:mm:ss.f} killed {caught.Role.Name} at '{step}'");
    }
}
