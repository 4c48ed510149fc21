namespace Pipelines.AcceptanceTests.Crashes.Cases;

/// <summary>
/// A worker that stands still (SIGSTOP: a paused virtual machine, a full swap) past its lease and then goes on as if nothing had happened:
/// its report, its log lines and its load are refused, and everybody who looks is told so.
/// </summary>
public sealed class ZombieTests
{
    private static Installation Installation => Ground.Installation;

    [TestCase("extract begins", "extract")]
    [TestCase("before the manifest", "extract")]
    [TestCase("before the ledger's row", "load")]
    [TestCase("before COMMIT", "load")]
    public async Task A_worker_stands_still_past_its_lease(string step, string taskId)
    {
        var dagId = $"zombie_{step.Replace(' ', '_').Replace("'", "")}".ToLowerInvariant();
        var hold = Installation.CatchAsync(Step.OfTask.Single(other => other.Name == step), "worker");
        var workload = await Workload.StartAsync(Installation, dagId, "append", TimeSpan.FromSeconds(1), 1, live: false);
        var zombie = await hold;
        zombie.Role.Stop();
        try
        {
            await Until.TrueAsync(async () => await workload.AttemptsAsync(taskId) > 1, TimeSpan.FromMinutes(1), workload.StandAsync);
            // Who stands before COMMIT holds the table: its successor waits for it. All others are overtaken.
            if (step != "before COMMIT") await Until.TrueAsync(workload.HasEndedAsync, TimeSpan.FromMinutes(1), workload.StandAsync);
        }
        finally
        {
            zombie.Role.Continue();
            zombie.Hold.Release();
        }

        await workload.ProveAsync();
        await IsToldAsync(dagId, taskId, zombie.Role.WorkerName);
        await zombie.Role.ReadyAsync();
        Assert.That(Installation.Exits, Is.Empty);
    }

    private static async Task IsToldAsync(string dagId, string taskId, string worker)
    {
        var first = (await Installation.Database.RowsAsync(
            $"""
            SELECT a.state, a.error, r.run_id FROM pipelines.task_attempt a JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id
            JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = '{dagId}' AND ti.task_id = '{taskId}' ORDER BY a.token LIMIT 1
            """)).Single();
        Assert.That(first[0], Is.EqualTo("failed"));
        Assert.That(first[1], Does.Contain($"Worker {worker} stopped renewing its lease"));

        var log = await Installation.RunAsync("tasks", "logs", dagId, (string)first[2]!, taskId, "--try", "1");
        Assert.That(log.TrimEnd().Split('\n')[^1], Does.Contain("stopped renewing its lease"), "nothing that the zombie wrote later is in the log");
    }
}
