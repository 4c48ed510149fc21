using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Operations;

/// <summary>What a clear or a mark will do is what it then does.</summary>
public class ClearAndMarkTests
{
    private EngineBench _bench = null!;

    private static CancellationToken None => CancellationToken.None;

    private ClearTaskInstances Clear => _bench.Get<ClearTaskInstances>();

    [SetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        await _bench.AddDagAsync("d", "a>b b>c");
    }

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_preview_names_what_the_clear_then_clears_and_changes_nothing()
    {
        var run = await EndedAsync(1);
        var request = new ClearRequest("d", run.RunId, ["b"]);

        var preview = await Clear.PreviewAsync(request, None);

        Assert.That(preview, Is.EqualTo(new[] { new AffectedTask("d", run.RunId, "b", Success), new AffectedTask("d", run.RunId, "c", Success) }));
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Success));
        Assert.That(await Clear.ExecuteAsync(request, EngineBench.Actor, None), Is.EqualTo(preview));
    }

    [Test]
    public async Task A_preview_warns_of_a_task_that_has_succeeded_and_does_something_else_when_it_runs_again()
    {
        await _bench.AddDagAsync("e", "a>adds adds>b");
        var run = (await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest("e") { RunId = "one" }, EngineBench.Actor, None)).Run;
        await _bench.TickAsync();
        await _bench.RunTaskAsync(run, "a");
        Assert.That((await Clear.PreviewAsync(new ClearRequest("e", "one", []), None)).Select(task => task.Warning), Has.All.Null, "it has not run yet");

        await _bench.RunTaskAsync(run, "adds");

        var preview = await Clear.PreviewAsync(new ClearRequest("e", "one", []), None);
        Assert.That(preview.Where(task => task.Warning is not null).Select(task => (task.TaskId, task.Warning)), Is.EqualTo(new[] { ("adds", "It adds to what is there.") }));
    }

    [TestCase(true, false, "a b")]
    [TestCase(false, true, "b c")]
    [TestCase(true, true, "a b c")]
    [TestCase(false, false, "b")]
    public async Task Upstream_and_downstream_widen_the_choice(bool upstream, bool downstream, string tasks)
    {
        var run = await EndedAsync(1);

        var preview = await Clear.PreviewAsync(new ClearRequest("d", run.RunId, ["b"]) { Upstream = upstream, Downstream = downstream }, None);

        Assert.That(preview.Select(task => task.TaskId), Is.EqualTo(tasks.Split(' ')));
    }

    [TestCase(true, false, "2 1")]
    [TestCase(false, true, "2 3")]
    [TestCase(true, true, "2 1 3")]
    public async Task Past_and_future_take_the_same_tasks_of_other_runs(bool past, bool future, string days)
    {
        List<DagRun> runs = [await EndedAsync(1), await EndedAsync(2), await EndedAsync(3)];

        var cleared = await Clear.ExecuteAsync(new ClearRequest("d", runs[1].RunId, ["c"]) { Past = past, Future = future }, EngineBench.Actor, None);

        Assert.That(cleared.Select(task => $"{task.TaskId} {runs.FindIndex(run => run.RunId == task.RunId) + 1}"), Is.EqualTo(days.Split(' ').Select(day => $"c {day}")));
        var untouched = runs.Where(run => cleared.All(task => task.RunId != run.RunId));
        foreach (var run in untouched) Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Success));
    }

    [Test]
    public async Task Only_failed_and_only_running_together_take_either()
    {
        await _bench.AddDagAsync("e", "a b c");
        var run = await _bench.TriggerAsync("e");
        await _bench.RunTaskAsync(run, "a", Failed);
        await _bench.ClaimAsync(run, "b");

        Task<IReadOnlyList<AffectedTask>> PreviewAsync(bool failed, bool running) =>
            Clear.PreviewAsync(new ClearRequest("e", run.RunId, []) { OnlyFailed = failed, OnlyRunning = running }, None);

        Assert.That((await PreviewAsync(true, false)).Select(task => task.TaskId), Is.EqualTo(new[] { "a" }));
        Assert.That((await PreviewAsync(false, true)).Select(task => task.TaskId), Is.EqualTo(new[] { "b" }));
        Assert.That((await PreviewAsync(true, true)).Select(task => task.TaskId), Is.EqualTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task Marking_names_the_task_and_the_failed_ones_after_it()
    {
        var run = await _bench.TriggerAsync("d");
        await _bench.RunTaskAsync(run, "a", Failed);

        var preview = await _bench.Get<MarkTaskInstance>().PreviewAsync("d", run.RunId, "a", Success, None);

        Assert.That(preview.Select(task => (task.TaskId, task.State)), Is.EqualTo(new[] { ("a", Failed), ("b", UpstreamFailed), ("c", UpstreamFailed) }));
    }

    [Test]
    public async Task A_run_marked_failed_ends_with_all_that_is_unfinished_in_it_and_refuses_its_workers_report()
    {
        var run = await _bench.TriggerAsync("d");
        var claim = (await _bench.ClaimAsync(run, "a"))!;
        var mark = _bench.Get<MarkDagRun>();
        Assert.That((await mark.PreviewAsync("d", run.RunId, None)).Select(task => task.State), Is.EqualTo(new[] { Running, TaskState.None, TaskState.None }));

        await mark.ExecuteAsync("d", run.RunId, DagRunState.Failed, EngineBench.Actor, None);

        Assert.That((await _bench.StatesAsync(run)).Values, Is.All.EqualTo(Failed));
        var ended = await _bench.RunAsync(run.Id);
        Assert.That((ended.State, ended.Reason), Is.EqualTo((DagRunState.Failed, "marked failed by ada")));
        Assert.That(await _bench.ReportAsync(claim, Success), Is.False);
        var refused = await Assert.ThrowsAsync<OperationException>(() => mark.ExecuteAsync("d", run.RunId, DagRunState.Success, EngineBench.Actor, None));
        Assert.That(refused!.Message, Does.Contain("has ended: failed").And.Contain("Clear it"));
    }

    [Test]
    public async Task A_run_is_marked_though_a_worker_claims_a_task_of_it_at_the_same_moment([Values] bool single)
    {
        var run = await _bench.TriggerAsync("d");
        var instance = await _bench.TaskAsync(run, "a");
        var marking = Task.CompletedTask;
        await _bench.Database.InTransactionAsync(async tx =>
        {
            await LeaseTable.ClaimAsync(tx, instance.Id, "host:1", EngineBench.Lease, _bench.Now);
            marking = single
                ? _bench.Get<MarkTaskInstance>().ExecuteAsync("d", run.RunId, "a", Failed, EngineBench.Actor, None)
                : _bench.Get<MarkDagRun>().ExecuteAsync("d", run.RunId, DagRunState.Failed, EngineBench.Actor, None);
            while (await _bench.Server.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()") == 0) await Task.Yield();
        });
        await marking;

        Assert.That((await _bench.StatesAsync(run))["a"], Is.EqualTo(Failed));
    }

    [Test]
    public async Task A_clear_on_the_latest_version_runs_what_it_says_and_nothing_that_it_lost()
    {
        var run = await _bench.TriggerAsync("d");
        await _bench.RunTaskAsync(run, "a");
        await _bench.RunTaskAsync(run, "b", Failed);
        await _bench.TickAsync();
        await _bench.AddDagAsync("d", "a>b b>new");
        var request = new ClearRequest("d", run.RunId, ["b"]) { OnLatestVersion = true };

        var preview = await Clear.PreviewAsync(request, None);
        Assert.That(preview, Is.EqualTo(new[] { new AffectedTask("d", run.RunId, "b", Failed), new AffectedTask("d", run.RunId, "new", TaskState.None) }));
        Assert.That((await _bench.RunAsync(run.Id)).DagVersionId, Is.EqualTo(run.DagVersionId));

        Assert.That(await Clear.ExecuteAsync(request, EngineBench.Actor, None), Is.EqualTo(preview));
        await _bench.TickAsync();
        await _bench.RunTaskAsync(run, "b");
        await _bench.RunTaskAsync(run, "new");

        Assert.That(await _bench.StatesAsync(run), Is.EquivalentTo(new Dictionary<string, TaskState> { ["a"] = Success, ["b"] = Success, ["c"] = Removed, ["new"] = Success }));
        var ended = await _bench.RunAsync(run.Id);
        Assert.That((ended.State, ended.DagVersionId), Is.EqualTo((DagRunState.Success, (await _bench.RunsAsync("d")).Max(each => each.DagVersionId))));
        Assert.That(ended.DagVersionId, Is.GreaterThan(run.DagVersionId));
    }

    [Test]
    public async Task A_clear_keeps_the_version_of_the_run_unless_told_otherwise()
    {
        var run = await EndedAsync(1);
        await _bench.AddDagAsync("d", "a>b b>c c>e");
        await Clear.ExecuteAsync(new ClearRequest("d", run.RunId, ["c"]), EngineBench.Actor, None);

        Assert.That((await _bench.RunAsync(run.Id)).DagVersionId, Is.EqualTo(run.DagVersionId));
        Assert.That((await _bench.StatesAsync(run)).Keys, Is.EquivalentTo(new[] { "a", "b", "c" }));
    }

    [Test]
    public async Task A_task_that_only_the_latest_version_has_can_be_named()
    {
        var run = await EndedAsync(1);
        await _bench.AddDagAsync("d", "a>b b>c c>e");
        var refused = await Assert.ThrowsAsync<OperationException>(() => Clear.PreviewAsync(new ClearRequest("d", run.RunId, ["e"]), None));
        Assert.That(refused!.Message, Is.EqualTo("Run 'day1' of DAG 'd' has no task or task group e. Did you mean 'a'?"));

        await Clear.ExecuteAsync(new ClearRequest("d", run.RunId, ["e"]) { OnLatestVersion = true }, EngineBench.Actor, None);
        await _bench.TickAsync();
        await _bench.RunTaskAsync(run, "e");
        Assert.That((await _bench.RunAsync(run.Id)).State, Is.EqualTo(DagRunState.Success));
    }

    [Test]
    public async Task A_run_of_a_backfill_of_some_tasks_gets_no_others_from_the_latest_version()
    {
        await _bench.AddDagAsync("daily", "a>b", ("schedule", "0 0 * * *"), ("timetable", "cron_data_interval"), ("startDate", "2026-01-01"));
        var day = new DateTimeOffset(2026, 1, 3, 0, 0, 0, TimeSpan.Zero);
        await _bench.Get<CreateBackfill>().ExecuteAsync(new BackfillRequest("daily", new BackfillRange(day, day)) { TaskIds = ["a"] }, EngineBench.Actor, None);
        await _bench.TickAsync();
        var run = (await _bench.RunsAsync("daily")).Single(each => each.RunType == DagRunType.Backfill);
        await _bench.RunTaskAsync(run, "a");
        await _bench.AddDagAsync("daily", "a>b b>c", ("schedule", "0 0 * * *"), ("timetable", "cron_data_interval"), ("startDate", "2026-01-01"));

        var cleared = await Clear.ExecuteAsync(new ClearRequest("daily", run.RunId, []) { OnLatestVersion = true }, EngineBench.Actor, None);
        Assert.That(cleared.Select(task => task.TaskId), Is.EqualTo(new[] { "a" }));
    }

    [TestCase(true, "load.items load.orders report")]
    [TestCase(false, "load.items load.orders")]
    public async Task A_task_group_is_cleared_with_all_of_its_tasks(bool downstream, string tasks)
    {
        await _bench.AddDagAsync("d", "a>load.orders load.orders>load.items load.items>report");
        var run = await EndedAsync(1, "a", "load.orders", "load.items", "report");

        var cleared = await Clear.ExecuteAsync(new ClearRequest("d", run.RunId, ["load"]) { Downstream = downstream }, EngineBench.Actor, None);

        Assert.That(cleared.Select(task => task.TaskId).Order(), Is.EqualTo(tasks.Split(' ')));
    }

    [Test]
    public async Task A_group_that_is_not_there_is_refused_with_the_name_that_was_meant()
    {
        await _bench.AddDagAsync("d", "a>load.orders load.orders>load.items");
        var run = await EndedAsync(1, "a", "load.orders", "load.items");
        var refused = await Assert.ThrowsAsync<OperationException>(() => Clear.PreviewAsync(new ClearRequest("d", run.RunId, ["laod"]), None));
        Assert.That((refused!.Kind, refused.Message), Is.EqualTo((RefusalKind.NotFound, "Run 'day1' of DAG 'd' has no task or task group laod. Did you mean 'load'?")));
    }

    /// <summary>A run of a day of January, ended well.</summary>
    private async Task<DagRun> EndedAsync(int day, params string[] tasks)
    {
        var request = new TriggerRequest("d") { RunId = $"day{day}", LogicalDate = new DateTimeOffset(2026, 1, day, 0, 0, 0, TimeSpan.Zero) };
        var run = (await _bench.Get<TriggerDagRun>().ExecuteAsync(request, EngineBench.Actor, None)).Run;
        await _bench.TickAsync();
        foreach (var task in tasks is [] ? ["a", "b", "c"] : tasks) await _bench.RunTaskAsync(run, task);
        return run;
    }
}
