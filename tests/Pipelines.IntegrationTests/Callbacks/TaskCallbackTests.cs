using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Callbacks;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.IntegrationTests.Execution;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Callbacks;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Callbacks;

/// <summary>The callbacks of tasks through the real engine (airflow-semantics.md §6): which, when, in what order, and what becomes of those that fail or that nobody lives to call.</summary>
public sealed class TaskCallbackTests
{
    private static readonly string[] Settings = ["onExecuteCallback", "onSuccessCallback", "onFailureCallback", "onRetryCallback", "onSkippedCallback"];

    private readonly ConcurrentQueue<string> _told = [];
    private TestEngine _engine = null!;

    private static (string, string)[] All =>
        [.. Settings.Select(name => (name, $"[{Tell(name, $", \"other\": \"{(name == "onExecuteCallback" ? "{{ ti.state }}" : "{{ ti.state }}: {{ exception }}")}\"")}]"))];

    private static string Tell(string text, string more = "") => $$"""{"type": "Teller", "text": "{{text}}"{{more}}}""";

    [TearDown]
    public async Task StopAsync() => await _engine.DisposeAsync();

    private async Task StartAsync(bool worker = true, int threads = 2, WorkerOptions? options = null)
    {
        _told.Clear();
        _engine = await TestEngine.StartAsync(worker, options, threads: threads);
        _engine.Teller.Does = async (context, _) =>
        {
            var state = (await _engine.TaskAsync(await NewestRunAsync(), context.Key.TaskId)).State;
            _told.Enqueue($"{context.Inputs.Optional("text")} of {context.Key.TaskId} while {StateNames.ToName(state)}: {context.Inputs.Optional("other")}");
            return new Outcome.Succeeded();
        };
    }

    private Task<long> NewestRunAsync() => _engine.Sql.ScalarAsync<long>("SELECT max(id) FROM pipelines.dag_run");

    private Task UntilNothingIsOwedAsync(long run) => _engine.UntilAsync(async () => (await OwedAsync(run)).Count == 0, "nothing is owed");

    private Task<IReadOnlyList<OwedCallback>> OwedAsync(long run) => _engine.Database.InTransactionAsync(tx => CallbackTable.OfRunAsync(tx, run));

    private async Task<List<string>> LogAsync(long run, string taskId) => await _engine.LogAsync((await _engine.AttemptsAsync(await _engine.TaskAsync(run, taskId)))[^1]);

    [Test]
    public async Task Callbacks_and_tasks_know_the_page_of_their_try()
    {
        await StartAsync(options: new WorkerOptions { TaskUrl = (key, tryNumber) => $"http://pages/{key.TaskId}/{tryNumber}" });
        var tell = Tell("{{ ti.log_url }} {{ ti.mark_success_url }}");
        var run = await _engine.StartRunAsync("sales", new TestTask("load", ("text", "{{ ti.log_url }}"), ("onExecuteCallback", tell), ("onSuccessCallback", tell)));
        await _engine.UntilTaskIsAsync(run, "load", TaskState.Success);
        await UntilNothingIsOwedAsync(run);
        Assert.That(_told.Select(told => told.Split(" of ")[0]), Is.EqualTo(Enumerable.Repeat("http://pages/load/1 http://pages/load/1", 2)));
        Assert.That((await _engine.AttemptsAsync(await _engine.TaskAsync(run, "load")))[^1].RenderedInputs, Does.Contain("http://pages/load/1"));
    }

    [TestCase(1, 1)]
    [TestCase(25 * 60, 0)]
    public async Task What_a_worker_cannot_read_it_leaves_to_one_that_can_for_a_day(int minutes, int left)
    {
        await StartAsync(worker: false);
        var run = await _engine.StartRunAsync("sales", new TestTask("load", ("onSuccessCallback", Tell("loaded"))));
        await Worker().RunAsync((await _engine.TaskAsync(run, "load")).Id, CancellationToken.None, CancellationToken.None);
        _engine.Time.Advance(TimeSpan.FromMinutes(minutes));

        await TellAsync(Runner(new ActivityCatalog([_engine.Probe])));

        Assert.That((await OwedAsync(run)).Select(owed => owed.Tries), Is.EqualTo(Enumerable.Repeat(0, left)));
        Assert.That(await LogAsync(run, "load"), Has.Some.StartsWith(left == 1 ? "on_success_callback waits: " : "on_success_callback is given up: "));
        _engine.Time.Advance(TimeSpan.FromMinutes(1));
        if (left > 0) await TellAsync(Runner(_engine.Get<ActivityCatalog>()));
        Assert.That(_told, Has.Count.EqualTo(left));
        Assert.That(await OwedAsync(run), Is.Empty);

        TaskRunner Worker() => new(
            _engine.Database, _engine.Get<ActivityCatalog>(), _engine.Get<DagVersions>(), _engine.Get<RunPlanning>(), _engine.Get<ITaskQueue>(), new WorkerOptions { Name = "first" }, _engine.Time, NullLogger<TaskRunner>.Instance);

        async Task TellAsync(CallbackRunner runner) => await runner.RunAsync((await runner.TakeOfRunAsync(run))!, CancellationToken.None);

        CallbackRunner Runner(ActivityCatalog catalog) => new(_engine.Database, catalog, new DagVersions(catalog), new WorkerOptions { Name = "second" }, _engine.Time);
    }

    [TestCase("good", "success", "onSuccessCallback", "None")]
    [TestCase("bad", "failed", "onFailureCallback", "no room")]
    [TestCase("flaky", "up_for_retry", "onRetryCallback", "no room")]
    [TestCase("picky", "skipped", "onSkippedCallback", "None")]
    public async Task One_of_four_is_called_after_the_state_was_reported_and_on_execute_before_the_work(string task, string state, string callback, string exception)
    {
        await StartAsync();
        _engine.Probe.Does = (context, _) =>
        {
            _told.Enqueue("work");
            return context.Key.TaskId switch
            {
                "good" => Task.FromResult<Outcome>(new Outcome.Succeeded()),
                "picky" => Task.FromResult<Outcome>(new Outcome.Skipped("not today")),
                _ => throw new TaskFailure("no room"),
            };
        };
        var run = await _engine.StartRunAsync("sales", new TestTask(task, [.. All, ("retries", task == "flaky" ? "1" : "0")]));
        await _engine.UntilTaskIsAsync(run, task, StateNames.Parse<TaskState>(state));
        await UntilNothingIsOwedAsync(run);

        Assert.That(_told, Is.EqualTo(new[]
        {
            $"onExecuteCallback of {task} while running: running", "work", $"{callback} of {task} while {state}: {state}: {exception}",
        }));
        var name = $"on_{(state == "up_for_retry" ? "retry" : state == "failed" ? "failure" : state)}_callback (Teller): done.";
        Assert.That((await LogAsync(run, task))[^1], Is.EqualTo(name), "its log ends with it");
    }

    [Test]
    public async Task A_skip_by_a_branch_or_a_failure_upstream_calls_nobody()
    {
        await StartAsync();
        _engine.Probe.Does = (_, _) => throw new TaskFailure("no room");
        var run = await _engine.StartRunAsync("sales",
            new TestTask("choose", ("condition", "True")) { Type = "Branch" }, new TestTask("spare", All) { After = ["choose.False"] },
            new TestTask("bad") { After = ["choose.True"] }, new TestTask("after", All) { After = ["bad"] });
        await _engine.UntilTaskIsAsync(run, "after", TaskState.UpstreamFailed);
        Assert.That((await _engine.TaskAsync(run, "spare")).State, Is.EqualTo(TaskState.Skipped));
        Assert.That(await OwedAsync(run), Is.Empty);
        Assert.That(_told, Is.Empty);
    }

    [Test]
    public async Task Each_of_a_list_is_called_in_its_order_whatever_became_of_the_others_and_no_error_reaches_the_task()
    {
        await StartAsync();
        _engine.Teller.Does = (context, _) =>
        {
            _told.Enqueue(context.Inputs.Optional("text")!);
            return context.Inputs.Optional("text") == "second" ? throw new TaskFailure("the line is dead", retryable: false) : Task.FromResult<Outcome>(new Outcome.Succeeded());
        };
        var list = $"[{Tell("first")}, {Tell("second")}, {Tell("{{ nobody.knows }}")}, {Tell("fourth")}]";
        var run = await _engine.StartRunAsync("sales", new TestTask("load", ("onSuccessCallback", list), ("onExecuteCallback", list)), new TestTask("report"));
        await _engine.UntilTaskIsAsync(run, "report", TaskState.Success);
        await UntilNothingIsOwedAsync(run);

        Assert.That(_told, Is.EqualTo(new[] { "first", "second", "fourth", "first", "second", "fourth" }));
        Assert.That((await _engine.TaskAsync(run, "load")).State, Is.EqualTo(TaskState.Success));
        var log = await LogAsync(run, "load");
        Assert.That(log, Does.Contain("on_execute_callback 2 of 4 (Teller) failed, and the task goes on: the line is dead"));
        Assert.That(log, Does.Contain("on_success_callback 2 of 4 (Teller) failed; the state of the task stays as it is: the line is dead"));
        Assert.That(log, Has.Some.StartsWith("on_success_callback 3 of 4 (Teller) failed").And.Some.Contains("'nobody' is not defined"));
    }

    [Test]
    public async Task The_child_starts_while_the_callback_is_still_at_work()
    {
        await StartAsync(threads: 1);
        var (entered, mayEnd) = (new TaskCompletionSource(), new TaskCompletionSource());
        _engine.Teller.Does = async (_, _) =>
        {
            entered.SetResult();
            await mayEnd.Task;
            return new Outcome.Succeeded();
        };
        var run = await _engine.StartRunAsync("sales", new TestTask("load", ("onSuccessCallback", Tell("x"))), new TestTask("report"));
        await _engine.UntilTaskIsAsync(run, "report", TaskState.Success);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.That(await _engine.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.task_instance WHERE lease_until IS NOT NULL"), Is.Zero, "it holds no lease");
        mayEnd.SetResult();
        await UntilNothingIsOwedAsync(run);
    }

    [Test]
    public async Task What_a_worker_owes_that_was_killed_after_its_report_or_in_the_middle_another_does()
    {
        await StartAsync(worker: false);
        var run = await EndAsync(("onSuccessCallback", $"[{Tell("first")}, {Tell("second")}]"));
        Assert.That((await OwedAsync(run)).Single().Todo, Is.EqualTo(new[] { 0, 1 }), "it was stored with the report, and nobody has called it");

        // One takes it and dies in the second notifier.
        var runner = _engine.Get<CallbackRunner>();
        var taken = (await runner.TakeAsync(10, CancellationToken.None)).Single();
        var isAtSecond = new TaskCompletionSource();
        var dies = new TaskCompletionSource<Outcome>();
        _engine.Teller.Does = async (context, _) =>
        {
            _told.Enqueue(context.Inputs.Optional("text")!);
            if (context.Inputs.Optional("text") == "first") return new Outcome.Succeeded();
            isAtSecond.TrySetResult();
            return await dies.Task;
        };
        var dying = Task.Run(() => runner.RunAsync(taken, CancellationToken.None));
        await isAtSecond.Task;
        Assert.That((await OwedAsync(run)).Single().Todo, Is.EqualTo(new[] { 1 }));

        _engine.Teller.Does = (context, _) =>
        {
            _told.Enqueue($"again {context.Inputs.Optional("text")}");
            return Task.FromResult<Outcome>(new Outcome.Succeeded());
        };
        Assert.That(await runner.TakeAsync(10, CancellationToken.None), Is.Empty, "nobody takes it while it is at work");
        _engine.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.That(await runner.TakeAsync(10, CancellationToken.None), Is.Empty);
        _engine.Time.Advance(TimeSpan.FromMinutes(2));
        foreach (var owed in await runner.TakeAsync(10, CancellationToken.None)) await runner.RunAsync(owed, CancellationToken.None);

        Assert.That(_told, Is.EqualTo(new[] { "first", "second", "again second" }));
        Assert.That(await OwedAsync(run), Is.Empty);
        dies.SetResult(new Outcome.Succeeded());
        await dying;
        Assert.That(await OwedAsync(run), Is.Empty, "who comes late changes nothing");
    }

    [Test]
    public async Task A_delivery_that_fails_for_the_moment_is_tried_again_three_times_and_then_given_up()
    {
        await StartAsync(worker: false);
        _engine.Teller.Does = (context, _) =>
        {
            _told.Enqueue($"{context.Inputs.Optional("text")} {_engine.Time.GetUtcNow():mm:ss}");
            throw new TaskFailure("busy", retryable: context.Inputs.Optional("text") == "patient");
        };
        var run = await EndAsync(("onSuccessCallback", $"[{Tell("patient")}, {Tell("hopeless")}]"));
        var runner = _engine.Get<CallbackRunner>();
        for (var second = 0; second < 400; second += 5)
        {
            foreach (var owed in await runner.TakeAsync(10, CancellationToken.None)) await runner.RunAsync(owed, CancellationToken.None);
            _engine.Time.Advance(TimeSpan.FromSeconds(5));
        }

        Assert.That(_told, Is.EqualTo(new[] { "patient 00:00", "hopeless 00:00", "patient 00:05", "patient 00:35", "patient 02:35" }));
        Assert.That(await OwedAsync(run), Is.Empty);
        var log = await LogAsync(run, "load");
        Assert.That(log, Does.Contain("on_success_callback 1 of 2 (Teller) failed and is tried again at 00:00:05 UTC: busy"));
        Assert.That(log[^1], Is.EqualTo("on_success_callback 1 of 2 (Teller) failed again and is given up after 4 tries; the state of the task stays as it is: busy"));
    }

    [Test]
    public async Task One_that_takes_longer_than_it_may_is_stopped()
    {
        await StartAsync(worker: false);
        var entered = new TaskCompletionSource();
        _engine.Teller.Does = async (_, stop) =>
        {
            entered.SetResult();
            await Task.Delay(Timeout.Infinite, stop);
            return new Outcome.Succeeded();
        };
        var run = await _engine.StartRunAsync("sales", new TestTask("load", ("onExecuteCallback", Tell("x", ", \"timeout\": 3")), ("executionTimeout", "00:00:02")));
        var attempt = _engine.Get<TaskRunner>().RunAsync((await _engine.TaskAsync(run, "load")).Id, CancellationToken.None, CancellationToken.None);
        await entered.Task;
        _engine.Time.Advance(TimeSpan.FromSeconds(3));
        await attempt;
        Assert.That((await _engine.TaskAsync(run, "load")).State, Is.EqualTo(TaskState.Success), "the execution timeout is for the work alone");
        Assert.That(await LogAsync(run, "load"), Has.Some.StartsWith("on_execute_callback (Teller) failed, and the task goes on: Stopped after 00:00:03"));
    }

    [Test]
    public async Task What_a_worker_that_stops_does_not_get_done_is_due_at_once()
    {
        await StartAsync(worker: false);
        using var stopping = new CancellationTokenSource();
        _engine.Teller.Does = async (context, stop) =>
        {
            _told.Enqueue(context.Inputs.Optional("text")!);
            if (context.Inputs.Optional("text") != "second" || stopping.IsCancellationRequested) return new Outcome.Succeeded();
            await stopping.CancelAsync();
            _engine.Time.Advance(TimeSpan.FromSeconds(5));
            await Task.Delay(Timeout.Infinite, stop);
            return new Outcome.Succeeded();
        };
        var run = await EndAsync(("onSuccessCallback", $"[{Tell("first")}, {Tell("second")}, {Tell("third")}]"));
        var runner = _engine.Get<CallbackRunner>();
        await runner.RunAsync((await runner.TakeAsync(10, CancellationToken.None)).Single(), stopping.Token);
        Assert.That((await OwedAsync(run)).Single(), Has.Property("Todo").EqualTo(new[] { 1, 2 }).And.Property("Tries").Zero);
        await runner.RunAsync((await runner.TakeAsync(10, CancellationToken.None)).Single(), CancellationToken.None);
        Assert.That(_told, Is.EqualTo(new[] { "first", "second", "second", "third" }));
        Assert.That(await OwedAsync(run), Is.Empty);
    }

    [Test]
    public async Task Workers_of_the_task_s_queue_come_first_and_after_a_minute_any_does()
    {
        await StartAsync(worker: false);
        await EndAsync(("onSuccessCallback", Tell("x")), ("queue", "etl"));
        var runner = _engine.Get<CallbackRunner>();
        _engine.Time.Advance(TimeSpan.FromSeconds(59));
        Assert.That(await runner.TakeAsync(10, CancellationToken.None), Is.Empty);
        _engine.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await runner.TakeAsync(10, CancellationToken.None), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_task_that_fails_over_its_params_calls_all_the_same()
    {
        await StartAsync(worker: false);
        var run = await EndAsync(("text", "{{ params.size }}"), ("params", """{"size": {"schema": {"type": "integer"}}}"""), ("onFailureCallback", Tell("{{ exception }}")));
        Assert.That((await _engine.TaskAsync(run, "load")).State, Is.EqualTo(TaskState.Failed));
        var runner = _engine.Get<CallbackRunner>();
        await runner.RunAsync((await runner.TakeAsync(10, CancellationToken.None)).Single(), CancellationToken.None);
        Assert.That(_told.Single(), Does.Contain("size"));
    }

    [Test]
    public async Task A_version_that_is_gone_is_said_in_the_log_and_owes_no_more()
    {
        await StartAsync(worker: false);
        var run = await EndAsync(("onSuccessCallback", Tell("x")));
        await _engine.Sql.ExecuteAsync("UPDATE pipelines.callback SET dag_version_id = 999");
        var runner = _engine.Get<CallbackRunner>();
        await runner.RunAsync((await runner.TakeAsync(10, CancellationToken.None)).Single(), CancellationToken.None);
        Assert.That(await OwedAsync(run), Is.Empty);
        Assert.That((await LogAsync(run, "load"))[^1], Is.EqualTo("on_success_callback is given up: There is no DAG version 999."));
    }

    /// <summary>Runs one task to its end, without a worker that would call anybody.</summary>
    private async Task<long> EndAsync(params (string, string)[] inputs)
    {
        var run = await _engine.StartRunAsync("sales", new TestTask("load", inputs));
        await _engine.Get<TaskRunner>().RunAsync((await _engine.TaskAsync(run, "load")).Id, CancellationToken.None, CancellationToken.None);
        return run;
    }

    private async Task<List<string>> DagTestAsync(long run, CancellationToken interruption)
    {
        await _engine.Sql.ExecuteAsync("UPDATE pipelines.dag_run SET triggered_by = 'test'");
        var stored = await _engine.Database.InTransactionAsync(tx => DagRunQueries.FindAsync(tx, run), CancellationToken.None);
        var printed = new List<string>();
        await _engine.Get<DagTest>().RunAsync(stored!, new("ada", RunTriggeredBy.Test), (task, line) => printed.Add($"{task}: {line.Message}"), interruption);
        return printed;
    }

    [Test]
    public async Task Dags_test_calls_them_itself_and_no_worker_does()
    {
        await StartAsync(worker: false);
        _engine.DagSettings["onFailureCallback"] = Tell("run {{ reason }} by {{ ti.task_id }}");
        _engine.Probe.Does = (_, _) => throw new TaskFailure("no room");
        var run = await _engine.StartRunAsync("sales", new TestTask("load", ("onFailureCallback", Tell("task"))));
        var printed = await DagTestAsync(run, CancellationToken.None);

        Assert.That(_told, Is.EqualTo(new[] { "task of load while failed: ", "run task_failure by load of load while failed: " }));
        Assert.That(printed, Does.Contain("load: on_failure_callback (Teller): done.").And.Contain("on_failure_callback: on_failure_callback (Teller): done."));
    }

    [Test]
    public async Task An_interrupted_dags_test_leaves_no_callback_that_nobody_would_ever_make()
    {
        await StartAsync(worker: false);
        using var interruption = new CancellationTokenSource();
        _engine.Teller.Does = async (_, _) =>
        {
            await interruption.CancelAsync();
            throw new TaskFailure("nobody at home");
        };
        var run = await _engine.StartRunAsync("sales", new TestTask("load", ("onSuccessCallback", Tell("x"))));
        var printed = await DagTestAsync(run, interruption.Token);

        Assert.That(printed, Does.Contain("load: on_success_callback is not tried again: 'dags test' was interrupted."));
        Assert.That(await OwedAsync(run), Is.Empty);
    }
}
