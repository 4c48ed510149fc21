using Npgsql;
using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Logs;

namespace Pipelines.IntegrationTests.Cornered;

/// <summary>Somebody's transaction holds our rows and is left idle, as a forgotten psql does: what it holds waits and says so, everything else goes on.</summary>
public sealed class HeldRowsTests
{
    // Above lock_timeout, which a tick may wait for once, and far below what a person would call hanging.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private EngineBench _bench = null!;
    private NpgsqlConnection _forgotten = null!;

    [SetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        _forgotten = await _bench.Server.OpenAsync();
    }

    [TearDown]
    public async Task DropAsync()
    {
        await _forgotten.DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Test]
    public async Task A_held_dag_gets_no_run_and_no_new_version_while_the_others_do()
    {
        foreach (var dagId in new[] { "good", "held" }) await _bench.AddDagAsync(dagId, "a", ("schedule", "0 0 * * *"), ("startDate", "2026-01-01"));
        await HoldAsync("SELECT 1 FROM pipelines.dag WHERE dag_id = 'held' FOR UPDATE");
        foreach (var dagId in new[] { "good", "held" }) _bench.Write(dagId, DagJson.Of(dagId, "a>b", ("schedule", "0 0 * * *"), ("startDate", "2026-01-01")));

        await _bench.SyncAsync().WaitAsync(Patience);
        await _bench.TickAsync().WaitAsync(Patience);
        var good = (await _bench.RunsAsync("good")).Single();
        Assert.That((await _bench.StatesAsync(good)).Keys, Is.EquivalentTo(new[] { "a", "b" }));
        Assert.That(await _bench.RunsAsync("held"), Is.Empty);

        await LetGoAsync();
        await _bench.SyncAsync();
        await _bench.TickAsync();
        Assert.That((await _bench.StatesAsync((await _bench.RunsAsync("held")).Single())).Keys, Is.EquivalentTo(new[] { "a", "b" }), "it catches up");
    }

    [Test]
    public async Task A_dag_whose_file_goes_while_its_row_is_held_keeps_no_other_from_becoming_stale()
    {
        foreach (var dagId in new[] { "gone", "held" }) await _bench.AddDagAsync(dagId, "a");
        await HoldAsync("SELECT 1 FROM pipelines.dag WHERE dag_id = 'held' FOR UPDATE");
        foreach (var dagId in new[] { "gone", "held" }) File.Delete(Path.Combine(_bench.Folder, $"{dagId}.json"));

        await _bench.SyncAsync().WaitAsync(Patience);

        var dags = await _bench.Database.InTransactionAsync(tx => DagTable.ListAsync(tx));
        Assert.That(dags.Select(dag => dag.DagId), Is.EqualTo(new[] { "held" }));
    }

    [Test]
    public async Task A_held_run_is_left_alone_and_lost_attempts_of_other_runs_end()
    {
        foreach (var dagId in new[] { "good", "held" }) await _bench.AddDagAsync(dagId, "a");
        var (held, good) = (await _bench.TriggerAsync("held"), await _bench.TriggerAsync("good"));
        foreach (var run in new[] { held, good }) await _bench.ClaimAsync(run, "a");
        await _bench.ExpireLeasesAsync();
        await HoldAsync("SELECT 1 FROM pipelines.dag_run WHERE dag_id = 'held' FOR UPDATE");

        await _bench.TickAsync().WaitAsync(Patience);

        Assert.That((await _bench.TaskAsync(good, "a")).State, Is.EqualTo(TaskState.UpForRetry));
        Assert.That((await _bench.TaskAsync(held, "a")).State, Is.EqualTo(TaskState.Running));
        await LetGoAsync();
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(held, "a")).State, Is.EqualTo(TaskState.UpForRetry));
    }

    [Test]
    public async Task A_run_whose_task_instance_is_held_says_so_and_the_other_runs_go_on()
    {
        foreach (var dagId in new[] { "good", "held" }) await _bench.AddDagAsync(dagId, "a");
        var (held, good) = (await TriggerAsync("held"), await TriggerAsync("good"));
        await HoldAsync("SELECT 1 FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = dag_run_id WHERE dag_id = 'held' FOR UPDATE OF ti");

        await _bench.TickAsync().WaitAsync(Patience);

        Assert.That((await _bench.TaskAsync(good, "a")).State, Is.EqualTo(TaskState.Queued));
        Assert.That((await _bench.RunAsync(held.Id)).Reason, Does.StartWith("Another session holds a lock").And.Contain("pg_terminate_backend"));
        await LetGoAsync();
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(held, "a")).State, Is.EqualTo(TaskState.Queued));
        Assert.That((await _bench.RunAsync(held.Id)).Reason, Is.Null);
    }

    [Test]
    public async Task A_held_backfill_is_completed_later_and_runs_are_planned_all_the_same()
    {
        await _bench.AddDagAsync("good", "a");
        await _bench.Server.ExecuteAsync("INSERT INTO pipelines.backfill (dag_id, from_date, to_date, max_active_runs, run_backwards, reprocess_behavior, created_by, created_at) VALUES ('good', '2026-01-01', '2026-01-02', 1, false, 'none', 'ann', now())");
        await HoldAsync("SELECT 1 FROM pipelines.backfill FOR UPDATE");

        var run = await _bench.TriggerAsync("good").WaitAsync(Patience);

        Assert.That((await _bench.TaskAsync(run, "a")).State, Is.EqualTo(TaskState.Queued));
    }

    [Test]
    public async Task Who_reads_the_logs_for_long_fails_no_tick_and_their_day_turns_a_minute_later()
    {
        const string isThere = "SELECT to_regclass('pipelines.log_chunk_20260112') IS NOT NULL";
        await HoldAsync("SELECT 1 FROM pipelines.log_chunk");

        await _bench.TickAsync().WaitAsync(Patience);
        await LetGoAsync();
        await _bench.TickAsync();
        Assert.That(await _bench.Server.ScalarAsync<bool>(isThere), Is.False, "it is not tried at each tick");

        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        await _bench.TickAsync();
        Assert.That(await _bench.Server.ScalarAsync<bool>(isThere), Is.True);
    }

    [Test]
    public async Task Log_lines_wait_only_a_moment_for_a_day_that_waits_for_a_reader()
    {
        var timeout = await _bench.Database.InTransactionAsync(async tx =>
        {
            await LogPartitions.EnsureAsync(tx, DateOnly.FromDateTime(_bench.Now.UtcDateTime));
            return await tx.SingleAsync<string>("SELECT current_setting('lock_timeout')");
        });

        Assert.That(timeout, Is.EqualTo("100ms"));
    }

    [Test]
    public async Task A_clear_of_several_runs_waits_for_the_first_of_them_and_holds_none_meanwhile()
    {
        await _bench.AddDagAsync("d", "a", ("schedule", "0 0 * * *"), ("startDate", "2026-01-09"), ("catchup", true), ("maxActiveRuns", 5));
        await _bench.TickAsync();
        var runs = (await _bench.RunsAsync("d")).OrderBy(run => run.Id).ToList();
        await HoldAsync($"SELECT 1 FROM pipelines.dag_run WHERE id = {runs[0].Id} FOR UPDATE");

        var clear = _bench.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("d", runs[1].RunId, []) { Past = true }, EngineBench.Actor, CancellationToken.None);
        while (!clear.IsCompleted && await _bench.Server.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") == 0) await Task.Yield();

        Assert.That(await _bench.Server.ScalarAsync<long>($"SELECT count(*) FROM (SELECT 1 FROM pipelines.dag_run WHERE id = {runs[1].Id} FOR UPDATE SKIP LOCKED) free"), Is.EqualTo(1));
        await LetGoAsync();
        Assert.That((await clear).Select(task => task.RunId), Is.EquivalentTo(runs.Select(run => run.RunId)));
    }

    [Test]
    public async Task A_session_of_ours_that_hangs_in_a_transaction_is_ended_by_the_server()
    {
        var limits = await _bench.Database.InTransactionAsync(tx => tx.SingleAsync<string>("SELECT current_setting('lock_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')"));

        Assert.That(limits, Is.EqualTo("5s 10s"));
    }

    /// <summary>Without a tick.</summary>
    private async Task<DagRun> TriggerAsync(string dagId) =>
        (await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest(dagId), EngineBench.Actor, CancellationToken.None)).Run;

    private async Task HoldAsync(string sql)
    {
        await using var command = new NpgsqlCommand($"BEGIN; {sql}", _forgotten);
        await command.ExecuteNonQueryAsync();
    }

    private async Task LetGoAsync()
    {
        await using var command = new NpgsqlCommand("ROLLBACK", _forgotten);
        await command.ExecuteNonQueryAsync();
    }
}
