using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>What is broken in one DAG stops no other.</summary>
public class PoisonTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_dag_whose_run_cannot_be_created_is_tried_again_a_minute_later_and_holds_up_no_other()
    {
        foreach (var dagId in new[] { "bad", "good" }) await _bench.AddDagAsync(dagId, "a", ("schedule", "0 0 * * *"), ("startDate", "2026-01-01"));
        await RefuseAsync("dag_run", "INSERT", "NEW.dag_id = 'bad'");

        await _bench.TickAsync();

        Assert.That(await _bench.RunsAsync("good"), Has.Count.EqualTo(1));
        Assert.That(await _bench.Server.ScalarAsync<bool>($"SELECT next_create_after = '{_bench.Now.AddMinutes(1):O}' FROM pipelines.dag WHERE dag_id = 'bad'"), Is.True);
    }

    [Test]
    public async Task A_run_that_cannot_be_planned_says_why_and_holds_up_no_other()
    {
        foreach (var dagId in new[] { "bad", "good" }) await _bench.AddDagAsync(dagId, dagId);
        await RefuseAsync("task_instance", "UPDATE", "NEW.task_id = 'bad'");

        var bad = await _bench.TriggerAsync("bad");
        var good = await _bench.TriggerAsync("good");

        Assert.That((await _bench.TaskAsync(good, "good")).State, Is.EqualTo(TaskState.Queued));
        Assert.That((await _bench.RunAsync(bad.Id)).Reason, Does.Contain("poisoned"));
    }

    [Test]
    public async Task A_lost_attempt_that_cannot_be_ended_keeps_no_other_from_its_end()
    {
        await _bench.AddDagAsync("d", "bad good");
        var run = await _bench.TriggerAsync("d");
        await _bench.ClaimAsync(run, "bad");
        await _bench.ClaimAsync(run, "good");
        await _bench.ExpireLeasesAsync();
        await RefuseAsync("task_instance", "UPDATE", "NEW.task_id = 'bad'");

        await _bench.TickAsync();

        Assert.That(await _bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["bad"] = TaskState.Running, ["good"] = TaskState.UpForRetry }));
    }

    [Test]
    public async Task Lost_attempts_that_cannot_be_ended_keep_none_from_its_end_however_many_and_old_they_are()
    {
        await _bench.AddDagAsync("d", string.Join(' ', Enumerable.Range(1, 100).Select(number => $"bad{number}").Append("good")));
        var run = await _bench.TriggerAsync("d");
        await _bench.Server.ExecuteAsync("UPDATE pipelines.task_instance SET state = 'running', handed_at = NULL, token = 1, worker = 'dead', start_date = now(), lease_until = now() - CASE task_id WHEN 'good' THEN interval '1 minute' ELSE interval '1 hour' END");
        await RefuseAsync("task_instance", "UPDATE", "NEW.task_id LIKE 'bad%'");

        await _bench.TickAsync();
        await _bench.TickAsync();

        Assert.That((await _bench.TaskAsync(run, "good")).State, Is.EqualTo(TaskState.UpForRetry));
        await _bench.Server.ExecuteAsync("DROP TRIGGER refuse ON pipelines.task_instance");
        await _bench.TickAsync();
        Assert.That((await _bench.StatesAsync(run)).Values, Is.All.EqualTo(TaskState.UpForRetry), "and from the first one again");
    }

    [Test]
    public async Task Hangfire_hears_of_all_that_it_has_no_record_of_however_many_records_it_refuses()
    {
        await _bench.AddDagAsync("d", string.Join(' ', Enumerable.Range(1, 205).Select(number => $"t{number}")));
        await _bench.TriggerAsync("d");
        await _bench.Server.ExecuteAsync("UPDATE pipelines.task_instance SET state = 'success', handed_at = NULL, token = 1, end_date = now() - interval '30 years'");

        // The queue of the bench writes nothing, so that all of them stay without a record.
        foreach (var _ in Enumerable.Range(1, 3)) await _bench.TickAsync();
        Assert.That(_bench.Queue.Recorded.ToHashSet(), Has.Count.EqualTo(205));
        await _bench.TickAsync();
        Assert.That(_bench.Queue.Recorded, Has.Count.EqualTo(305), "and from the first one again");
    }

    [Test]
    public async Task A_file_that_cannot_be_stored_is_an_import_error_and_keeps_no_other_file_from_being_stored()
    {
        await RefuseAsync("dag_version", "INSERT", "NEW.dag_id = 'bad'");
        foreach (var dagId in new[] { "bad", "good" }) _bench.Write(dagId, DagJson.Of(dagId, "a"));

        await _bench.SyncAsync();

        var dags = await _bench.Database.InTransactionAsync(tx => DagTable.ListAsync(tx));
        Assert.That(dags.Select(dag => dag.DagId), Is.EqualTo(new[] { "good" }));
        var error = (await _bench.Database.InTransactionAsync(ImportErrorTable.ListAsync)).Single();
        Assert.That(error.File, Is.EqualTo("bad.json"));
        Assert.That(error.Message, Does.Contain("poisoned"));
    }

    /// <summary>Has the database refuse a change, as a bug or a full disk would.</summary>
    private async Task RefuseAsync(string table, string change, string condition)
    {
        await _bench.Server.ExecuteAsync("CREATE FUNCTION pipelines.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'poisoned'; END $$");
        await _bench.Server.ExecuteAsync($"CREATE TRIGGER refuse BEFORE {change} ON pipelines.{table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION pipelines.refuse()");
    }
}
