using System.Net;

namespace Pipelines.AcceptanceTests.Crashes.Cases;

/// <summary>
/// A worker that stands still (SIGSTOP: a paused virtual machine, a full swap) past its lease and then goes on as if nothing had happened:
/// its report, its log lines and its load are refused, and everybody who looks is told so.
/// </summary>
public sealed class ZombieTests
{
    private static Installation Installation => Ground.Installation;

    [TestCase("extract begins", "extract", true, Category = "Soak")]
    [TestCase("before the manifest", "extract", true)]
    [TestCase("load begins", "load", true, Category = "Soak")]
    // From here on it holds the table, and its successor waits for it: one of the two loads, never both.
    [TestCase("before COMMIT", "load", false)]
    public async Task A_worker_stands_still_past_its_lease(string step, string taskId, bool isOvertaken)
    {
        var dagId = $"zombie_{string.Concat(step.Where(char.IsAsciiLetter))}".ToLowerInvariant();
        var hold = Installation.CatchAsync(Step.Named(step), "worker");
        var workload = await Workload.StartAsync(Installation, dagId, "append", TimeSpan.FromSeconds(1), 1, live: false);
        var zombie = await hold;
        zombie.Role.Stop();
        try
        {
            await Until.TrueAsync(async () => await workload.AttemptsAsync(taskId) > 1, TimeSpan.FromMinutes(1), workload.StandAsync);
            if (isOvertaken) await Until.TrueAsync(workload.HasEndedAsync, TimeSpan.FromMinutes(1), workload.StandAsync);
        }
        finally
        {
            zombie.Role.Continue();
            zombie.Hold.Release();
        }

        await workload.ProveAsync();
        await IsToldAsync(dagId, taskId, zombie.Role.WorkerName);
        Assert.That(Installation.Exits, Is.Empty);
    }

    private static async Task IsToldAsync(string dagId, string taskId, string worker)
    {
        var first = (await Installation.Database.RowsAsync(
            $"""
            SELECT a.id, a.state, a.error, r.run_id FROM pipelines.task_attempt a JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id
            JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = '{dagId}' AND ti.task_id = '{taskId}' ORDER BY a.token LIMIT 1
            """)).Single();
        Assert.That(first[1], Is.EqualTo("failed"));
        Assert.That(first[2], Does.Match($"Worker {worker}\\S* stopped renewing its lease"));
        await Until.TrueAsync(
            async () => await Installation.Database.ScalarAsync<bool>($"SELECT EXISTS (SELECT FROM pipelines.log_chunk WHERE attempt_id = {first[0]} AND content LIKE '%of this attempt are refused%')"),
            TimeSpan.FromSeconds(30), () => Task.FromResult("the zombie's lines are not refused"));

        var runId = (string)first[3]!;
        var log = (await Installation.RunAsync("tasks", "logs", dagId, runId, taskId, "--try", "1")).TrimEnd().Split('\n');
        Assert.That(log[^2], Does.Contain("stopped renewing its lease"));
        Assert.That(log[^1], Does.Contain("Later lines of this attempt are refused"), "and nothing that the zombie wrote is between them");
        using var browser = await Installation.SignInAsync();
        var page = WebUtility.HtmlDecode(await browser.GetStringAsync($"/dags/{dagId}/runs/{Uri.EscapeDataString(runId)}/tasks/{taskId}?try=1"));
        Assert.That(page, Does.Match($"Worker {worker}\\S* stopped renewing its lease"));
    }
}
