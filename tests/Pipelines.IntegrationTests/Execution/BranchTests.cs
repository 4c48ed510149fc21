using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>Branches and short circuits through the real engine: what is decided is stored with the report, and Hangfire hears of it.</summary>
public sealed class BranchTests
{
    private static readonly Outcome Done = new Outcome.Succeeded();

    private static TestTask[] Fork(string condition) =>
    [
        new TestTask("choose", ("condition", condition)) { Type = "Branch" },
        new TestTask("load") { After = ["choose.True"] },
        new TestTask("spare") { After = ["choose.False"] },
        new TestTask("audit") { After = ["choose"] },
        new TestTask("join", ("triggerRule", "none_failed_min_one_success")) { After = ["load", "spare"] },
    ];

    [TestCase("{{ 2 > 1 }}", "load", "spare")]
    [TestCase("{{ [] }}", "spare", "load")]
    public async Task The_port_of_the_condition_is_followed_with_Done_and_the_other_is_skipped(string condition, string followed, string skipped)
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", Fork(condition));
        await engine.UntilTaskIsAsync(run, "join", TaskState.Success);
        await engine.UntilJobIsAsync(run, "audit", "Succeeded");

        Assert.That((await engine.TaskAsync(run, followed)).State, Is.EqualTo(TaskState.Success));
        var spared = await engine.TaskAsync(run, skipped);
        Assert.That((spared.State, spared.TryNumber, spared.Reason), Is.EqualTo((TaskState.Skipped, 0, $"'choose' followed 'audit', '{followed}'")));
        Assert.That(await XComAsync(engine, run, "choose"), Is.EqualTo($$"""{"followed":["audit","{{followed}}"]}"""));
        Assert.That((await engine.LogAsync((await engine.AttemptsAsync(await engine.TaskAsync(run, "choose"))).Single())), Has.Some.Contain($"skipped: {skipped}."));
    }

    [Test]
    public async Task The_run_after_is_told_of_a_task_that_is_skipped_and_that_it_waits_for()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var run = await engine.StartRunAsync("sales", new TestTask("choose", ("condition", "True")) { Type = "Branch" }, new TestTask("spare", ("dependsOnPast", "true")) { After = ["choose.False"] });
        await engine.Sql.ExecuteAsync($"UPDATE pipelines.dag_run SET logical_date = '2026-01-01', interval_start = '2026-01-01', interval_end = '2026-01-02' WHERE id = {run}");
        await engine.StartWorkerAsync();
        await engine.UntilTaskIsAsync(run, "spare", TaskState.Skipped);
        Assert.That(await engine.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.past_change"), Is.EqualTo(1));
    }

    [Test]
    public async Task A_skipped_task_that_is_cleared_alone_stays_skipped_and_a_cleared_branch_decides_anew()
    {
        await using var engine = await TestEngine.StartAsync();
        var chosen = "load";
        engine.Probe.Does = (context, _) => Task.FromResult<Outcome>(context.Key.TaskId == "ask" ? new Outcome.Succeeded(chosen) : new Outcome.Succeeded());
        var run = await engine.StartRunAsync("sales",
            new TestTask("ask"), new TestTask("choose", ("followTaskIds", "{{ ti.xcom_pull('ask') }}")) { Type = "Branch" },
            new TestTask("load") { After = ["choose"] }, new TestTask("spare") { After = ["choose"] });
        await engine.UntilJobIsAsync(run, "load", "Succeeded");
        await engine.UntilAsync(async () => await StateOfRunAsync(engine, run) == "success", "the run has ended");

        await ClearAsync(engine, run, downstream: false, "spare");
        await engine.UntilAsync(async () => await StateOfRunAsync(engine, run) == "success", "the run has ended again");
        Assert.That((await engine.TaskAsync(run, "spare")) is { State: TaskState.Skipped, Reason: "'choose' followed 'load'" }, Is.True);

        chosen = "spare";
        await ClearAsync(engine, run, downstream: true, "ask");
        await engine.UntilTaskIsAsync(run, "spare", TaskState.Success);
        Assert.That((await engine.TaskAsync(run, "load")).State, Is.EqualTo(TaskState.Skipped));
    }

    [Test]
    public async Task A_short_circuit_skips_what_waits_for_a_worker_and_what_any_trigger_rule_would_have_run()
    {
        await using var engine = await TestEngine.StartAsync();
        var mayEnd = new TaskCompletionSource();
        engine.Probe.Does = async (context, _) =>
        {
            if (context.Key.TaskId == "first") await mayEnd.Task;
            return Done;
        };
        var run = await engine.StartRunAsync("sales",
            new TestTask("first"), new TestTask("gate", ("condition", "{{ none }}")) { Type = "ShortCircuit" },
            new TestTask("eager", ("triggerRule", "always"), ("queue", "elsewhere")) { After = ["gate"] },
            new TestTask("last", ("triggerRule", "all_done")) { After = ["eager"] });
        await engine.UntilJobIsAsync(run, "eager", "Enqueued");
        mayEnd.SetResult();

        var eager = await engine.UntilJobIsAsync(run, "eager", "Succeeded");

        Assert.That((eager.State, eager.Reason, eager.Token), Is.EqualTo((TaskState.Skipped, "'gate' skipped the tasks after it", 0)));
        Assert.That((await engine.TaskAsync(run, "last")).State, Is.EqualTo(TaskState.Skipped));
        Assert.That(await XComAsync(engine, run, "gate"), Is.EqualTo("""{"skipped":["eager","last"]}"""));
        await engine.UntilAsync(async () => await StateOfRunAsync(engine, run) == "success", "the run has ended");
    }

    [Test]
    public async Task What_a_branch_skips_is_skipped_though_it_waits_for_another_task_too()
    {
        await using var engine = await TestEngine.StartAsync(options: new WorkerOptions { Queues = ["default"] });
        var run = await engine.StartRunAsync("sales",
            new TestTask("slow", ("queue", "elsewhere")), new TestTask("choose", ("followTaskIds", "None")) { Type = "Branch", After = [] },
            new TestTask("both") { After = ["slow", "choose"] }, new TestTask("after") { After = ["both"] });

        await engine.UntilTaskIsAsync(run, "choose", TaskState.Success);

        Assert.That(((await engine.TaskAsync(run, "both")).State, (await engine.TaskAsync(run, "after")).State), Is.EqualTo((TaskState.Skipped, TaskState.Skipped)));
    }

    [Test]
    public async Task A_branch_to_an_unknown_task_fails_and_names_the_nearest()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", new TestTask("choose", ("followTaskIds", "{{ 'laod' }}"), ("retries", "3")) { Type = "Branch" }, new TestTask("load"));

        var choose = await engine.UntilJobIsAsync(run, "choose", "Failed");

        Assert.That(choose.Error, Does.Contain("'laod'").And.Contain("Did you mean 'load'?"));
        Assert.That((await engine.TaskAsync(run, "load")).State, Is.EqualTo(TaskState.UpstreamFailed));
        Assert.That(await XComAsync(engine, run, "choose"), Is.Null);
    }

    [Test]
    public async Task A_test_of_the_whole_DAG_branches_too()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var run = await engine.StartRunAsync("sales", Fork("{{ true }}"));

        var state = await DagTestTests.TestAsync(engine, run, (_, _) => { });

        Assert.That(state, Is.EqualTo(DagRunState.Success));
        var states = (await engine.Database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, run))).ToDictionary(task => task.TaskId, task => task.State);
        Assert.That((states["load"], states["spare"], states["audit"], states["join"]), Is.EqualTo((TaskState.Success, TaskState.Skipped, TaskState.Success, TaskState.Success)));
        await ClearAsync(engine, run, downstream: false, "spare");
        Assert.That(await DagTestTests.TestAsync(engine, run, (_, _) => { }), Is.EqualTo(DagRunState.Success));
        Assert.That((await engine.TaskAsync(run, "spare")).State, Is.EqualTo(TaskState.Skipped));
    }

    private static async Task ClearAsync(TestEngine engine, long run, bool downstream, string taskId)
    {
        await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", [taskId]) { Downstream = downstream }, new Actor("ann", RunTriggeredBy.Ui), default);
        // What the scheduler does: a cleared run is queued again.
        await engine.Database.InTransactionAsync(tx => DagRunTable.StartAsync(tx, run, engine.Time.GetUtcNow()));
        await engine.PlanAsync(run);
    }

    private static async Task<string?> XComAsync(TestEngine engine, long run, string taskId) =>
        (await engine.Database.InTransactionAsync(tx => XComTable.PullAsync(tx, run, taskId, DownstreamDecision.XComKey)))?.ToJsonString();

    private static Task<string> StateOfRunAsync(TestEngine engine, long run) => engine.Sql.ScalarAsync<string>($"SELECT state FROM pipelines.dag_run WHERE id = {run}")!;
}
