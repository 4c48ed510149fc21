namespace Pipelines.AcceptanceTests.Crashes.Cases;

/// <summary>The metadata database goes and comes back, or loses what Hangfire keeps in it: no process ends, and the work goes on.</summary>
public sealed class OutageTests
{
    private static Installation Installation => Ground.Installation;

    [Test]
    public async Task The_database_is_restarted_under_load()
    {
        var workload = await Workload.StartAsync(Installation, "restarted", "append", TimeSpan.FromSeconds(1), 12, live: false);
        await WorksAsync(workload, 2);
        await Installation.Database.RestartAsync();
        await workload.ProveAsync();
        Assert.That(Installation.Exits, Is.Empty);
    }

    [Test]
    public async Task All_connections_are_terminated_once_a_second()
    {
        const int times = 8;
        var workload = await Workload.StartAsync(Installation, "terminated", "append", TimeSpan.FromSeconds(1), 20, live: false);
        await WorksAsync(workload, 1);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        for (var time = 0; time < times && await timer.WaitForNextTickAsync(); time++)
            await Installation.Database.RowsAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        await workload.ProveAsync();
        Assert.That(Installation.Exits, Is.Empty);
    }

    [Test]
    public async Task Hangfires_tables_are_emptied_while_tasks_are_queued_and_running()
    {
        var workload = await Workload.StartAsync(Installation, "emptied", "append", TimeSpan.FromSeconds(1), 20, live: false);
        foreach (var step in new[] { "extract begins", "before the report", "enqueued" })
        {
            using var hold = Step.OfTask.Single(other => other.Name == step).Set(Installation);
            await hold.CaughtAsync().WaitAsync(TimeSpan.FromSeconds(45));
            await Installation.Database.ExecuteAsync(
                "TRUNCATE hangfire.job, hangfire.jobqueue, hangfire.jobparameter, hangfire.state, hangfire.set, hangfire.hash, hangfire.list, hangfire.counter, hangfire.aggregatedcounter");
            hold.Release();
        }
        await workload.ProveAsync();
        Assert.That(Installation.Exits, Is.Empty);
    }

    /// <summary>Waits until some runs have ended, so that all stages are at work.</summary>
    private static Task WorksAsync(Workload workload, int runs) => Until.TrueAsync(
        async () => await Installation.Database.ScalarAsync<long>($"SELECT count(*) FROM pipelines.dag_run WHERE dag_id = '{workload.DagId}' AND state = 'success'") >= runs,
        TimeSpan.FromMinutes(1), workload.StandAsync);
}
