using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>airflow-semantics.md §6: a task that triggers a run of another DAG, through the engine.</summary>
public sealed class TriggerDagRunTests
{
    private static readonly Actor Ann = new("ann", RunTriggeredBy.Ui);

    [Test]
    public async Task The_run_is_made_in_the_tasks_name_with_its_conf_and_the_task_knows_it()
    {
        await using var engine = await StartAsync();
        var run = await engine.StartRunAsync("sales", Triggers(("triggerRunId", "from_{{ dag.dag_id }}"), ("conf", """{"country": "FR"}""")));
        var task = await engine.UntilTaskIsAsync(run, "trigger", TaskState.Success);

        var made = (await RunAsync(engine, "from_sales"))!;
        Assert.That((made.RunType, made.TriggeredBy, made.State, made.LogicalDate, made.Conf.ToJsonString()), Is.EqualTo(
            (DagRunType.Manual, RunTriggeredBy.Operator, DagRunState.Queued, (DateTimeOffset?)engine.Time.GetUtcNow(), """{"country":"FR"}""")));
        Assert.That((await engine.Database.InTransactionAsync(tx => XComTable.OfTaskInstanceAsync(tx, task.Id))).Select(entry => (entry.Key, entry.ValueJson)), Is.EqualTo(new[] { ("trigger_dag_id", "\"load\""), ("trigger_run_id", "\"from_sales\"") }));
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT owner FROM pipelines.event_log WHERE event = 'trigger_dag_run'"), Is.EqualTo("sales.trigger [manual__1]"));
    }

    [TestCase(DagRunState.Success, TaskState.Success)]
    [TestCase(DagRunState.Failed, TaskState.Failed)]
    public async Task It_waits_for_the_end_of_the_run_without_a_worker(DagRunState ends, TaskState end)
    {
        await using var engine = await StartAsync(threads: 1);
        var run = await engine.StartRunAsync("sales", Triggers(("triggerRunId", "child"), ("waitForCompletion", "true"), ("pokeInterval", "60")), new TestTask("other") { After = [] });
        await engine.UntilTaskIsAsync(run, "other", TaskState.Success);
        var task = await engine.UntilTaskIsAsync(run, "trigger", TaskState.Deferred);
        Assert.That(task.Reason, Is.EqualTo("deferred: waits until run 'child' of DAG 'load' is success or failed"));
        await TickAsync(engine);
        Assert.That((await engine.TaskAsync(run, "trigger")).State, Is.EqualTo(TaskState.Deferred));

        await engine.Get<MarkDagRun>().ExecuteAsync("load", "child", ends, Ann, CancellationToken.None);
        await TickAsync(engine);
        task = await engine.UntilTaskIsAsync(run, "trigger", end);
        Assert.That(task.Error, end == TaskState.Failed ? Does.StartWith("Run 'child' of DAG 'load' is failed, which is one of 'failedStates'.") : Is.Null);
        Assert.That((await engine.AttemptsAsync(task)).Count, Is.EqualTo(1));
    }

    [TestCase("resetDagRun", "false", TaskState.Failed)]
    [TestCase("skipWhenAlreadyExists", "true", TaskState.Skipped)]
    [TestCase("resetDagRun", "true", TaskState.Success)]
    public async Task A_run_that_is_there_fails_the_task_for_good_or_skips_it_or_runs_again(string input, string value, TaskState end)
    {
        await using var engine = await StartAsync();
        await engine.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest("load") { RunId = "child" }, Ann, CancellationToken.None);
        await engine.Get<MarkDagRun>().ExecuteAsync("load", "child", DagRunState.Success, Ann, CancellationToken.None);
        var run = await engine.StartRunAsync("sales", Triggers(("triggerRunId", "child"), ("retries", "3"), (input, value)));
        await engine.UntilTaskIsAsync(run, "trigger", end);
        Assert.That((await RunAsync(engine, "child"))!.State, Is.EqualTo(end == TaskState.Success ? DagRunState.Queued : DagRunState.Success));
    }

    [TestCase("triggerDagId", "gone", TaskState.UpForRetry, "There is no DAG 'gone'.")]
    [TestCase("conf", """{"country": "XX"}""", TaskState.Failed, "Param 'country' is \"XX\" but must be one of \"DE\", \"FR\".")]
    [TestCase("triggerRunId", "scheduled__1", TaskState.Failed, "Run id 'scheduled__1' starts with 'scheduled__'")]
    [TestCase("failWhenDagIsPaused", "true", TaskState.UpForRetry, "DAG 'load' is paused")]
    public async Task What_is_refused_is_said_and_makes_no_run(string input, string value, TaskState end, string words)
    {
        await using var engine = await StartAsync();
        await engine.Database.InTransactionAsync(tx => DagTable.SetPausedAsync(tx, "load", true));
        (string, string)[] inputs = input == "triggerDagId" ? [(input, value)] : [("triggerDagId", "load"), (input, value)];
        var run = await engine.StartRunAsync("sales", new TestTask("trigger", [("retries", "1"), .. inputs]) { Type = "TriggerDagRun" });
        var task = await engine.UntilTaskIsAsync(run, "trigger", end);
        Assert.That(task.Error, Does.StartWith(words));
        Assert.That(await engine.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.dag_run WHERE dag_id = 'load'"), Is.Zero);
    }

    [Test]
    public async Task A_mapped_one_triggers_a_run_per_conf_even_in_one_moment()
    {
        await using var engine = await StartAsync(threads: 4);
        var run = await engine.StartRunAsync("sales", Triggers(("expand", """{"conf": [{"country": "DE"}, {"country": "FR"}, {"country": "DE"}]}""")));
        await engine.UntilAsync(async () => await engine.Sql.ScalarAsync<string>($"SELECT state FROM pipelines.dag_run WHERE id = {run}") == "success", "the run has ended");
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT string_agg(conf ->> 'country', ',' ORDER BY conf ->> 'country') FROM pipelines.dag_run WHERE dag_id = 'load'"), Is.EqualTo("DE,DE,FR"));
    }

    [Test]
    public async Task An_attempt_that_has_lost_its_task_makes_no_run()
    {
        await using var engine = await StartAsync();
        var ended = new TaskCompletionSource<string>();
        engine.Probe.Does = async (context, cancellation) =>
        {
            await engine.Get<MarkTaskInstance>().ExecuteAsync("sales", "manual__1", "trigger", TaskState.Success, Ann, CancellationToken.None);
            try
            {
                ended.SetResult($"made {(await context.Runs.TriggerAsync(new RunRequest("load", "zombie"), CancellationToken.None)).RunId}");
            }
            catch (TaskFailure failure)
            {
                ended.SetResult(failure.Message);
            }
            return new Outcome.Succeeded();
        };
        await engine.StartRunAsync("sales", new TestTask("trigger"));
        Assert.That(await ended.Task, Does.StartWith("No run is made: this attempt no longer holds the task instance"));
        Assert.That(await RunAsync(engine, "zombie"), Is.Null);
    }

    private static TestTask Triggers(params (string Name, string Value)[] inputs) => new("trigger", [("triggerDagId", "load"), .. inputs]) { Type = "TriggerDagRun" };

    /// <summary>With a DAG that may be triggered.</summary>
    private static async Task<TestEngine> StartAsync(int threads = 2)
    {
        var engine = await TestEngine.StartAsync(threads: threads);
        var text = DagJson.Of("load", "only", _ => [], "Probe", ("params", """{"country": {"value": "DE", "schema": {"enum": ["DE", "FR"]}}}"""));
        var file = DagFile.Read(text, "load.json", engine.Get<ActivityCatalog>());
        await engine.Database.InTransactionAsync(async tx =>
        {
            await DagTable.PutAsync(tx, new StoredDag { DagId = "load", FileName = "load.json", TimetableSummary = "None", Owner = "test", MaxActiveRuns = 16, IsPaused = false });
            await DagTable.SetVersionAsync(tx, "load", await DagVersionTable.AddAsync(tx, "load", new DagVersionContent(file.Hash!, text), null, engine.Time.GetUtcNow()));
        });
        return engine;
    }

    private static Task<DagRun?> RunAsync(TestEngine engine, string runId) => engine.Database.InTransactionAsync(tx => DagRunQueries.FindAsync(tx, "load", runId));

    private static async Task TickAsync(TestEngine engine)
    {
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        await engine.Get<Triggerer>().TickAsync(engine.Get<ITaskQueue>(), CancellationToken.None);
    }
}
