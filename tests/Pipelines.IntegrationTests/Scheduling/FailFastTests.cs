using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>fail_fast (airflow-semantics.md §1) in the database.</summary>
public class FailFastTests
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task The_last_failure_of_a_task_ends_its_run_and_the_attempts_in_it(bool lost)
    {
        await using var bench = await EngineBench.CreateAsync();
        await bench.AddDagAsync("d", "a>b c e", taskId => taskId == "c" ? [("retries", "1")] : [], ("failFast", "true"));
        var run = await bench.TriggerAsync("d");
        var running = (await bench.ClaimAsync(run, "e"))!;
        await bench.ReportAsync((await bench.ClaimAsync(run, "c"))!, UpForRetry, nextRetryAt: bench.Now.AddMinutes(5));
        Assert.That((await bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Running), "a failure that is retried stops nothing");

        var failing = (await bench.ClaimAsync(run, "a"))!;
        if (lost)
        {
            await bench.Server.ExecuteAsync($"UPDATE pipelines.task_instance SET lease_until = now() - interval '1 second' WHERE id = {failing.TaskInstance.Id}");
            await bench.TickAsync();
        }
        else
        {
            await bench.ReportAsync(failing, Failed);
        }

        Assert.That(await bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = Failed, ["b"] = Skipped, ["c"] = Skipped, ["e"] = Failed }));
        Assert.That((await bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Failed));
        Assert.That(await bench.ReportAsync(running, Success), Is.False, "its worker is told that it no longer holds the task");
        var attempt = (await bench.Database.InTransactionAsync(tx => TaskAttemptTable.OfTaskInstanceAsync(tx, running.TaskInstance.Id))).Single();
        Assert.That(attempt.EndDate, Is.Not.Null);
    }
}
