using System.Globalization;

namespace Pipelines.AcceptanceTests.Cornered;

/// <summary>Hosts are told to stop while tasks run, as a deployment does: nothing is lost, nothing fails, nothing runs twice that could end.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class RollingRestartTests
{
    private Installation _installation = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _installation = await Installation.CreateAsync();
        await _installation.RunAsync("db", "migrate");
        await _installation.RunAsync("connections", "add", "db", "--conn-uri", _installation.Server.Uri("pipelines"));
        await Script.RunAsync(_installation.Database, "CREATE TABLE done (task text, at timestamptz DEFAULT now())");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _installation.DisposeAsync();

    [Test, Category("Soak")]
    public async Task All_roles_restarted_one_after_the_other_under_load_lose_nothing_and_end_with_0()
    {
        var (web, scheduler, worker) = (await _installation.StartAsync("web"), await _installation.StartAsync("scheduler"), await _installation.StartAsync("worker", ("PIPELINES_WORKERS", "3")));
        var file = DagFile.ByHand("load");
        for (var i = 0; i < 30; i++)
            file.Add($"t{i}", "SqlQuery", ("connectionId", "db"), ("sql", $"SELECT pg_sleep(0.25); INSERT INTO done (task) VALUES ('t{i}'); SELECT 1 AS one"));
        await _installation.TriggerAsync("load", file);
        await _installation.UntilAsync("SELECT count(*) >= 3 FROM done");

        var worker2 = await _installation.StartAsync("worker", ("PIPELINES_WORKERS", "3"));
        var ends = new[] { await _installation.StopAsync(worker), await _installation.StopAsync(scheduler), await _installation.StopAsync(web) };
        var scheduler2 = await _installation.StartAsync("scheduler");
        await _installation.UntilAsync("SELECT state = 'success' FROM pipelines.dag_run WHERE dag_id = 'load'");

        Assert.That(ends.Select(end => end.ExitCode), Is.All.Zero, string.Join('\n', ends.Select(end => end.Error)));
        Assert.That(await _installation.ReadAsync<long>("SELECT count(*) FROM done"), Is.EqualTo(30), "every task once: those that ran when their worker was told to stop have ended");
        Assert.That(await _installation.ReadAsync<long>("SELECT count(*) FROM pipelines.task_attempt a JOIN pipelines.task_instance ti ON ti.id = task_instance_id WHERE task_id LIKE 't%' AND a.state <> 'success'"), Is.Zero);
        foreach (var host in new[] { worker2, scheduler2 }) await _installation.StopAsync(host);
    }

    [Test]
    public async Task A_task_that_outlives_the_grace_goes_to_the_next_worker_with_the_same_try()
    {
        await using var gate = await Gate.CloseAsync(_installation.Database);
        var (scheduler, worker) = (await _installation.StartAsync("scheduler"), await _installation.StartAsync("worker", ("PIPELINES_STOP_GRACE", "4")));
        await _installation.TriggerAsync("long", DagFile.ByHand("long").Add("wait", "SqlQuery", ("connectionId", "db"), ("sql", gate.Sql)));
        await _installation.UntilAsync(gate.IsWaitedFor);
        var log = _installation.Begin("tasks", "logs", "long", "by_hand", "wait", "--follow");
        await log.LineAsync(line => line.Contains("attempt 1 of 1", StringComparison.Ordinal));

        var stopped = await _installation.StopAsync(worker);
        Assert.That(stopped.ExitCode, Is.Zero, stopped.Error);
        Assert.That(await _installation.ReadAsync<string>(TaskIs), Is.EqualTo("queued, try 1"));

        var next = await _installation.StartAsync("worker");
        await _installation.UntilAsync($"SELECT worker LIKE '%:{next.ProcessId.ToString(CultureInfo.InvariantCulture)}:%' FROM pipelines.task_instance WHERE task_id = 'wait' AND state = 'running'");
        await gate.OpenAsync();
        await _installation.UntilAsync("SELECT state = 'success' FROM pipelines.dag_run WHERE dag_id = 'long'");

        Assert.That(await _installation.ReadAsync<string>(TaskIs), Is.EqualTo("success, try 1"));
        var lines = (await log.EndAsync()).Output.Split('\n').Where(line => line.Contains(" - Handed back", StringComparison.Ordinal) || line.Contains("attempt 1 of 1", StringComparison.Ordinal) || line.Contains("Marked success", StringComparison.Ordinal));
        Assert.That(lines.Select(line => line.Split(" - ")[1][..6]), Is.EqualTo(new[] { "long.w", "Handed", "long.w", "Marked" }), "Who follows the log reads on with the next worker.");
        foreach (var host in new[] { next, scheduler }) Assert.That((await _installation.StopAsync(host)).ExitCode, Is.Zero);
    }

    [Test, Category("Soak")]
    public async Task A_second_interrupt_does_not_wait_for_the_running_task()
    {
        await using var gate = await Gate.CloseAsync(_installation.Database);
        var (scheduler, worker) = (await _installation.StartAsync("scheduler"), await _installation.StartAsync("worker", ("PIPELINES_STOP_GRACE", "600")));
        await _installation.TriggerAsync("endless", DagFile.ByHand("endless").Add("hang", "SqlQuery", ("connectionId", "db"), ("sql", gate.Sql)));
        await _installation.UntilAsync(gate.IsWaitedFor);

        await Installation.SignalAsync(worker, "INT");
        await worker.LineAsync(line => line.Contains("worker stops", StringComparison.Ordinal));
        await Installation.SignalAsync(worker, "INT");

        Assert.That((await worker.EndAsync()).ExitCode, Is.EqualTo(130));
        await _installation.StopAsync(scheduler);
    }

    private const string TaskIs = "SELECT state || ', try ' || try_number FROM pipelines.task_instance WHERE task_id = 'wait'";
}
