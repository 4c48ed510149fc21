using Hangfire;
using Hangfire.Server;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Execution.Transport;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>A worker that takes its next task itself, where that goes wrong or the worker stops meanwhile.</summary>
public sealed class FastLaneTroubleTests
{
    private const string Refuse =
        """
        CREATE FUNCTION pipelines.refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
        CREATE TRIGGER refuse BEFORE UPDATE ON pipelines.task_instance FOR EACH ROW WHEN (NEW.state = 'success') EXECUTE FUNCTION pipelines.refuse();
        """;

    private TestEngine _engine = null!;

    [SetUp]
    public async Task StartAsync() => _engine = await TestEngine.StartAsync(worker: false);

    [TearDown]
    public async Task StopAsync() => await _engine.DisposeAsync();

    [Test]
    public async Task A_claimed_task_whose_run_cannot_be_read_is_handed_back_and_the_first_ends_well()
    {
        var (first, second) = await TwoAsync();
        _engine.Probe.Does = async (context, _) =>
        {
            if (context.Key.DagId == "first") await _engine.Sql.ExecuteAsync($"ALTER TABLE pipelines.dag_run DROP CONSTRAINT IF EXISTS dag_run_run_type_check; UPDATE pipelines.dag_run SET run_type = 'odd' WHERE id = {second.DagRunId}");
            return new Outcome.Succeeded();
        };

        var summary = await RunnerOf(_engine.Time).RunAsync(first.Id, CancellationToken.None, CancellationToken.None);
        Assert.That(summary.Failure, Is.Null);
        Assert.That(await _engine.Log.NextAsync(), Does.Contain("handed back").And.Contain($"{second.Id}"));
        await _engine.Sql.ExecuteAsync($"UPDATE pipelines.dag_run SET run_type = 'manual' WHERE id = {second.DagRunId}");
        await AdvanceUntilAsync(second, TaskState.Queued);

        var attempt = (await _engine.AttemptsAsync(second)).Single();
        Assert.That(attempt.Error, Does.StartWith("Handed back"));
        Assert.That((await _engine.TaskAsync(second.DagRunId, "only")).TryNumber, Is.EqualTo(second.TryNumber), "no try is used up");
    }

    [Test]
    public async Task A_stopping_worker_does_not_take_another_task_in_exchange()
    {
        var (first, second) = await TwoAsync();
        await _engine.Sql.ExecuteAsync($"UPDATE pipelines.task_instance SET state = 'success', handed_at = NULL, end_date = now() WHERE id = {first.Id}");
        using var stopping = new CancellationTokenSource();

        await RunnerOf(new StoppingClock(stopping)).RunAsync(first.Id, CancellationToken.None, stopping.Token);

        Assert.That((await _engine.TaskAsync(second.DagRunId, "only")).Token, Is.Zero, "never claimed");
    }

    [Test]
    public async Task A_task_that_was_claimed_while_the_stop_came_is_handed_back_unrun()
    {
        var (first, _) = await TwoAsync();
        _engine.Probe.Does = (_, _) => throw new InvalidOperationException("it ran");
        using var stopping = new CancellationTokenSource();

        var summary = await RunnerOf(new StoppingClock(stopping)).RunAsync(first.Id, CancellationToken.None, stopping.Token);

        Assert.That(summary.Text, Does.StartWith("Handed back"));
        Assert.That((await _engine.TaskAsync(first.DagRunId, "only")).State, Is.EqualTo(TaskState.Queued));
    }

    [Test]
    public async Task A_worker_that_is_told_to_stop_while_its_report_is_tried_again_takes_no_other_task()
    {
        var (first, second) = await TwoAsync();
        _engine.Probe.Does = async (_, _) =>
        {
            await _engine.Sql.ExecuteAsync(Refuse);
            return new Outcome.Succeeded();
        };
        using var stopping = new CancellationTokenSource();

        var running = RunnerOf(_engine.Time).RunAsync(first.Id, CancellationToken.None, stopping.Token);
        Assert.That(await _engine.Log.NextAsync(), Does.Contain("not now"));
        await stopping.CancelAsync();
        await _engine.Sql.ExecuteAsync("DROP TRIGGER refuse ON pipelines.task_instance");
        await AdvanceUntilAsync(first, TaskState.Success);
        await running;

        Assert.That((await _engine.TaskAsync(second.DagRunId, "only")).Token, Is.Zero, "never claimed");
    }

    [Test]
    public async Task A_record_names_its_server_as_soon_as_Hangfire_knows_it()
    {
        var (first, second) = await TwoAsync();
        var name = _engine.Get<WorkerOptions>().Name;
        await _engine.Sql.ExecuteAsync("UPDATE pipelines.task_instance SET hangfire_job_id = NULL, token = 1, state = 'running', handed_at = NULL, start_date = now(), worker = 'w', lease_until = now() + interval '1 hour'");

        _engine.Get<LateRecords>().Write(first.Id);
        await _engine.UntilJobIsAsync(first.DagRunId, "only", "Processing");
        using (var hangfire = _engine.Get<JobStorage>().GetConnection()) hangfire.AnnounceServer($"{name}:1", new ServerContext { Queues = ["default"], WorkerCount = 1 });
        _engine.Get<LateRecords>().Write(second.Id);
        await _engine.UntilJobIsAsync(second.DagRunId, "only", "Processing");

        Assert.That((await ServerAsync(first), await ServerAsync(second)), Is.EqualTo((name, $"{name}:1")));
    }

    private Task<string> ServerAsync(TaskInstance task) => _engine.Sql.ScalarAsync<string>(
        $"SELECT s.data ->> 'ServerId' FROM hangfire.state s JOIN pipelines.task_instance ti ON ti.hangfire_job_id::bigint = s.jobid WHERE ti.id = {task.Id} AND s.name = 'Processing'");

    private async Task<(TaskInstance First, TaskInstance Second)> TwoAsync()
    {
        var first = await _engine.StartRunAsync("first", new TestTask("only"));
        _engine.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await _engine.StartRunAsync("second", new TestTask("only"));
        return (await _engine.TaskAsync(first, "only"), await _engine.TaskAsync(second, "only"));
    }

    private TaskRunner RunnerOf(TimeProvider time) => new(
        _engine.Database, _engine.Get<ActivityCatalog>(), _engine.Get<DagVersions>(), _engine.Get<RunPlanning>(), _engine.Get<ITaskQueue>(),
        new WorkerOptions { Name = "tested", Lease = TimeSpan.FromDays(1) }, time, _engine.Log.For<TaskRunner>(), _engine.Get<LateRecords>());

    /// <summary>Whoever waits by the clock may begin to at any moment; in steps so small that nobody's patience ends meanwhile.</summary>
    private async Task AdvanceUntilAsync(TaskInstance task, TaskState state)
    {
        for (var tries = 0; (await _engine.TaskAsync(task.DagRunId, task.TaskId)).State != state; tries++)
        {
            Assert.That(tries, Is.LessThan(20_000), $"It becomes {state}.");
            _engine.Time.Advance(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>The stop comes between the first look at the clock, which a claim begins with, and the claim's end.</summary>
    private sealed class StoppingClock(CancellationTokenSource stopping) : FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 0, 0, 1, TimeSpan.Zero))
    {
        public override DateTimeOffset GetUtcNow()
        {
            stopping.Cancel();
            return base.GetUtcNow();
        }
    }
}
