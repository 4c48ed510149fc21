namespace Pipelines.AcceptanceTests.Crashes.Cases;

/// <summary>The metadata database goes and comes back, or loses what Hangfire keeps in it: no process ends, and the work goes on.</summary>
public sealed class OutageTests
{
    private static Installation Installation => Ground.Installation;

    [TestCase(4)]
    [TestCase(15, Category = "Soak")]
    public async Task All_connections_are_terminated_once_a_second_and_then_the_database_is_restarted(int times)
    {
        var workload = await Workload.StartAsync(Installation, $"terminated_{times}", "append", TimeSpan.FromSeconds(1), 2 * times, live: false);
        await WorksAsync(workload, 1);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var time = 0; time < times && await timer.WaitForNextTickAsync(); time++)
            await Installation.Database.RowsAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        await Installation.Database.StartAgainAsync();
        await workload.ProveAsync();
        Assert.That(Installation.Exits, Is.Empty);
    }

    [Test]
    public async Task Hangfires_tables_are_emptied_while_tasks_are_queued_running_and_up_for_retry()
    {
        var workload = await Workload.StartAsync(Installation, "emptied", "append", TimeSpan.FromSeconds(1), 10, live: false);
        foreach (var name in new[] { "claim committed", "extract begins", "before the report" })
        {
            var caught = await Installation.CatchAsync(Step.Named(name), "worker");
            // Its tasks are retried, and Hangfire will know of none of them.
            if (name == "extract begins") await caught.Role.KillAsync();
            await Installation.Database.ExecuteAsync(
                "TRUNCATE hangfire.job, hangfire.jobqueue, hangfire.jobparameter, hangfire.state, hangfire.set, hangfire.hash, hangfire.list, hangfire.counter, hangfire.aggregatedcounter");
            caught.Hold.Release();
        }
        await workload.ProveAsync();
        Assert.That(Installation.Exits, Is.Empty);
    }

    /// <summary>Waits until some runs have ended, so that all stages are at work.</summary>
    private static Task WorksAsync(Workload workload, int runs) => Until.TrueAsync(
        async () => await Installation.Database.ScalarAsync<long>($"SELECT count(*) FROM pipelines.dag_run WHERE dag_id = '{workload.DagId}' AND state = 'success'") >= runs,
        TimeSpan.FromMinutes(1), workload.StandAsync);
}
