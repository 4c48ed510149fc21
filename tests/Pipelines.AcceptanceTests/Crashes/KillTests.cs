namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>
/// kill -9 between every two steps of a task's life, one after the other under a stream of runs, and then the proof that nothing was
/// lost and nothing was loaded twice.
/// </summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class KillTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private Installation _installation = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _installation = await Installation.StartAsync(new Shape(1, 2, 0), ("PIPELINES_LEASE", "2"));

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_installation is not null) await _installation.DisposeAsync();
    }

    [Test]
    public async Task A_worker_is_killed_between_every_two_steps()
    {
        Workload[] workloads =
        [
            await Workload.StartAsync(_installation, "kill_append", "append", TimeSpan.FromSeconds(3), 30),
            await Workload.StartAsync(_installation, "kill_replace", "replace_interval", TimeSpan.FromSeconds(6), 10),
        ];
        foreach (var step in Step.OfTask) await KillAsync(step, "worker");
        await ProveAsync(workloads);
    }

    private async Task KillAsync(Step step, string verb)
    {
        var began = DateTime.UtcNow;
        var caught = await _installation.CatchAsync(step, verb);
        await caught.Role.KillAsync();
        caught.Hold.Cut();
        TestContext.Progress.WriteLine($"{DateTime.UtcNow:HH:mm:ss.fff} killed {caught.Role.Name} at '{step}' after {(DateTime.UtcNow - began).TotalSeconds:0.0} s");
    }

    private static async Task ProveAsync(Workload[] workloads)
    {
        foreach (var workload in workloads) await Until.TrueAsync(workload.HasEndedAsync, Patience, workload.StandAsync);
        foreach (var workload in workloads) Assert.That(await workload.LossesAsync(), Is.Empty);
    }
}
