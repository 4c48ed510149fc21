using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>Dynamic task mapping (airflow-semantics.md §11) through the real engine: what is expanded is stored, run, and passed on.</summary>
public sealed class MappedTaskTests
{
    [Test]
    public async Task A_literal_list_runs_once_per_value_with_its_templates_rendered_and_its_indexes_named()
    {
        await using var engine = await TestEngine.StartAsync();
        var seen = Echo(engine);
        var run = await engine.StartRunAsync("sales",
            new TestTask("load", ("expand", """{"text": ["a", "{{ ti.map_index }} of {{ dag.dag_id }}", 3]}"""), ("mapIndexTemplate", "[{{ task.text }}]")),
            new TestTask("report", ("text", "{{ ti.xcom_pull('load') | join('+') }}")));
        await engine.UntilTaskIsAsync(run, "report", TaskState.Success);

        Assert.That(seen.Order(), Is.EqualTo(new[] { "load[0]=a", "load[1]=1 of sales", "load[2]=3", "report[-1]=a+1 of sales+3" }));
        Assert.That((await LoadsAsync(engine, run)).Select(load => (load.MapIndex, load.State, load.RenderedMapIndex)), Is.EqualTo(new[]
        {
            (0, TaskState.Success, "[a]"), (1, TaskState.Success, "[1 of sales]"), (2, TaskState.Success, "[3]"),
        }));
    }

    [Test]
    public async Task A_result_is_mapped_over_when_it_is_there_and_no_template_in_it_is_rendered()
    {
        await using var engine = await TestEngine.StartAsync();
        var seen = Echo(engine, list: """["{{ ds }}", {"deep": 1}]""");
        var run = await engine.StartRunAsync("sales", new TestTask("list"), new TestTask("load", ("expand", """{"text": "list.output"}""")), new TestTask("report"));
        await engine.UntilTaskIsAsync(run, "report", TaskState.Success);

        Assert.That(seen.Where(line => line.StartsWith("load", StringComparison.Ordinal)).Order(), Is.EqualTo(new[] { "load[0]={{ ds }}", "load[1]={\"deep\": 1}" }));
        await engine.UntilAsync(async () => await engine.Sql.ScalarAsync<string>($"SELECT state FROM pipelines.dag_run WHERE id = {run}") == "success", "the run has ended");
    }

    [Test]
    public async Task A_value_that_map_skips_skips_its_task_instance_alone()
    {
        await using var engine = await TestEngine.StartAsync();
        var seen = Echo(engine, list: """["a", "b"]""");
        var run = await engine.StartRunAsync("sales", new TestTask("list"), new TestTask("load", ("expand", """{"text": "list.output.map('{{ skip(\\'not b\\') if item == \\'b\\' else item ~ \\'!\\' }}')"}""")));
        await engine.UntilAsync(async () => (await LoadsAsync(engine, run)) is { Count: 2 } loads && loads.All(load => load.State.IsFinished()), "both have ended");
        var loads = await LoadsAsync(engine, run);
        Assert.That(loads.Select(load => load.State), Is.EqualTo(new[] { TaskState.Success, TaskState.Skipped }));
        Assert.That(loads[1].Reason, Is.EqualTo("not b"));
        Assert.That(seen, Has.One.EqualTo("load[0]=a!"));
    }

    [Test]
    public async Task An_empty_result_skips_and_none_at_all_fails_who_should_have_returned_it()
    {
        await using var engine = await TestEngine.StartAsync();
        Echo(engine, list: "[]");
        var empty = await engine.StartRunAsync("empty", new TestTask("list"), new TestTask("load", ("expand", """{"text": "list.output"}""")));
        await engine.UntilTaskIsAsync(empty, "load", TaskState.Skipped);

        Echo(engine, list: null);
        var none = await engine.StartRunAsync("none", new TestTask("list"), new TestTask("load", ("expand", """{"text": "list.output"}""")));
        var list = await engine.UntilTaskIsAsync(none, "list", TaskState.Failed);
        Assert.That(list.Error, Is.EqualTo("'load' is mapped over what 'list' returns, but it returned nothing. Let it return a list or a dict; an empty one skips them."));
        Assert.That((await engine.TaskAsync(none, "load")).State, Is.EqualTo(TaskState.UpstreamFailed));
    }

    [Test]
    public async Task What_is_mapped_over_a_mapped_task_gets_one_value_per_index_that_returned_one()
    {
        await using var engine = await TestEngine.StartAsync();
        var seen = new List<string>();
        engine.Probe.Does = (context, _) =>
        {
            var text = context.Inputs.Required("text");
            lock (seen) seen.Add($"{context.Key.TaskId}[{context.Key.MapIndex}]={text}");
            return Task.FromResult<Outcome>(new Outcome.Succeeded(text == "silent" ? null : JsonValue.Create(text + "!")));
        };
        var run = await engine.StartRunAsync("sales",
            new TestTask("load", ("expand", """{"text": ["a", "silent", "c"]}""")), new TestTask("check", ("expandKwargs", """[{"text": "x"}]""")) { After = [] },
            new TestTask("again", ("expand", """{"text": "load.output"}""")) { After = ["load"] }, new TestTask("end") { After = ["again", "check"] });
        await engine.UntilTaskIsAsync(run, "end", TaskState.Success);
        Assert.That(seen.Order(), Is.EqualTo(new[] { "again[0]=a!", "again[1]=c!", "check[0]=x", "end[-1]=none", "load[0]=a", "load[1]=silent", "load[2]=c" }));
    }

    [Test]
    public async Task A_test_of_the_whole_DAG_expands_too()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var seen = Echo(engine, list: """{"k": 1}""");
        var run = await engine.StartRunAsync("sales", new TestTask("list"), new TestTask("load", ("expand", """{"text": "list.output"}""")));
        Assert.That(await DagTestTests.TestAsync(engine, run, (_, _) => { }), Is.EqualTo(DagRunState.Success));
        Assert.That(seen[^1], Is.EqualTo("load[0]=[\"k\", 1]"));
    }

    [Test]
    public async Task One_index_is_retried_cleared_and_marked_by_itself()
    {
        await using var engine = await TestEngine.StartAsync();
        var failing = true;
        engine.Probe.Does = (context, _) => context.Inputs.Required("text") == "b" && failing ? throw new TaskFailure("no b", retryable: false) : Task.FromResult<Outcome>(new Outcome.Succeeded());
        var run = await engine.StartRunAsync("sales", new TestTask("load", ("expand", """{"text": ["a", "b", "c"]}""")), new TestTask("report"));
        await engine.UntilTaskIsAsync(run, "report", TaskState.UpstreamFailed);
        // The first failure decides that, while the others may still run.
        await engine.UntilAsync(async () => (await LoadsAsync(engine, run)).All(load => load.State.IsFinished()), "all have ended");
        var actor = new Actor("ann", RunTriggeredBy.Ui);
        async Task<string> TriesAsync() => string.Join(' ', (await LoadsAsync(engine, run)).Select(load => load.TryNumber));

        var refused = await Assert.ThrowsAsync<OperationException>(() => engine.Get<MarkTaskInstance>().PreviewAsync("sales", "manual__1", new TaskChoice("load", 7), TaskState.Success, default));
        Assert.That(refused!.Message, Does.Contain("no task 'load[7]'"));
        var preview = await engine.Get<MarkTaskInstance>().PreviewAsync("sales", "manual__1", "load", TaskState.Success, default);
        Assert.That(preview.Select(task => (task.Name, task.State)), Is.EqualTo(new[] { ("load[1]", TaskState.Failed), ("report", TaskState.UpstreamFailed) }), "of a whole task those that are not so already");

        failing = false;
        var cleared = await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["load"]) { MapIndexes = [1] }, actor, default);
        Assert.That(cleared.Select(task => task.Name), Is.EqualTo(new[] { "load[1]", "report" }));
        await engine.Database.InTransactionAsync(tx => DagRunTable.StartAsync(tx, run, engine.Time.GetUtcNow()));
        await engine.PlanAsync(run);
        await engine.UntilTaskIsAsync(run, "report", TaskState.Success);
        Assert.That(await TriesAsync(), Is.EqualTo("1 2 1"));
        Assert.That(await Assert.ThrowsAsync<OperationException>(() => engine.Get<ClearTaskInstances>().PreviewAsync(new ClearRequest("sales", "manual__1", ["load"]) { MapIndexes = [1, 9] }, default)),
            Has.Message.Contains("has no map index 9"));

        await engine.Get<MarkTaskInstance>().ExecuteAsync("sales", "manual__1", new TaskChoice("load", 0), TaskState.Failed, actor, default);
        Assert.That((await LoadsAsync(engine, run)).Select(load => load.State), Is.EqualTo(new[] { TaskState.Failed, TaskState.Success, TaskState.Success }));
    }

    [Test]
    public async Task The_limits_of_a_task_count_its_indexes()
    {
        await using var engine = await TestEngine.StartAsync(threads: 4);
        var (now, most) = (0, 0);
        engine.Probe.Does = async (_, stop) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await Task.Yield();
            Interlocked.Decrement(ref now);
            return new Outcome.Succeeded();
        };
        var run = await engine.StartRunAsync("sales", new TestTask("load", ("expand", """{"text": ["a", "b", "c", "d", "e", "f"]}"""), ("maxActiveTisPerDagrun", "1")), new TestTask("report"));
        await engine.UntilTaskIsAsync(run, "report", TaskState.Success);
        Assert.That(most, Is.EqualTo(1));
    }

    [Test]
    public async Task Hangfire_has_a_job_per_index_under_its_name()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", new TestTask("list"), new TestTask("load", ("expandKwargs", """[{"text": "a"}, {"text": "b"}]""")));
        await engine.UntilAsync(async () => (await LoadsAsync(engine, run)).All(load => engine.JobState(load) == "Succeeded"), "both have succeeded");
        var loads = await LoadsAsync(engine, run);
        var views = await engine.Database.InTransactionAsync(tx => HangfireJobTable.ViewsAsync(tx, [.. loads.Select(load => load.Id)]));
        Assert.That(views.Select(view => view.Key.ToString()).Order(), Is.EqualTo(new[] { "sales.load[0] [manual__1]", "sales.load[1] [manual__1]" }));
    }

    /// <summary>Every task returns its text, and the task 'list' this JSON.</summary>
    private static List<string> Echo(TestEngine engine, string? list = null)
    {
        var seen = new List<string>();
        engine.Probe.Does = (context, _) =>
        {
            lock (seen) seen.Add($"{context.Key.TaskId}[{context.Key.MapIndex}]={context.Inputs.Required("text")}");
            return Task.FromResult<Outcome>(new Outcome.Succeeded(context.Key.TaskId == "list" ? list is null ? null : JsonNode.Parse(list) : JsonValue.Create(context.Inputs.Required("text"))));
        };
        return seen;
    }

    private static async Task<List<TaskInstance>> LoadsAsync(TestEngine engine, long run) =>
        [.. (await engine.Database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, run))).Where(task => task.TaskId == "load").OrderBy(task => task.MapIndex)];
}
