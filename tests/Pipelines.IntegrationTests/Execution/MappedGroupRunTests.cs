using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>Task groups that are mapped as a whole (airflow-semantics.md §10, §11) through the real engine.</summary>
public sealed class MappedGroupRunTests
{
    private const string File = """
        {
          "definitionId": "sales",
          "root": { "id": "flow1", "type": "Elsa.Flowchart",
            "activities": [
              { "id": "dag1", "type": "Pipelines.Dag" },
              { "id": "l", "name": "list", "type": "Probe" },
              { "id": "g", "name": "load", "type": "Elsa.Flowchart", "expand": { "table": "list.output", "to": ["lake of {{ dag.dag_id }}"] },
                "activities": [
                  { "id": "e", "name": "extract", "type": "Probe", "mapIndexTemplate": "{{ group.table }}", "text": { "expression": { "type": "Jinja", "value": "{{ group.table }} to {{ group.to }}" } } },
                  { "id": "c", "name": "copy", "type": "Probe", "text": { "expression": { "type": "Jinja", "value": "{{ ti.xcom_pull('load.extract', map_indexes=ti.map_index) }}" } } }
                ],
                "connections": [ { "source": { "activity": "e", "port": "Done" }, "target": { "activity": "c", "port": "In" } } ] },
              { "id": "r", "name": "report", "type": "Probe" }
            ],
            "connections": [ { "source": { "activity": "g", "port": "Done" }, "target": { "activity": "r", "port": "In" } } ] }
        }
        """;

    [Test]
    public async Task Each_index_goes_through_the_group_by_itself_and_is_cleared_and_marked_by_itself()
    {
        await using var engine = await TestEngine.StartAsync();
        var seen = new List<string>();
        var failing = true;
        engine.Probe.Does = async (context, cancellation) =>
        {
            var (task, text) = (context.Key.TaskId, context.Inputs.Required("text"));
            lock (seen) seen.Add($"{TaskInstance.NameOf(task, context.Key.MapIndex)}={text}");
            if (failing && task == "load.extract" && text.StartsWith('b')) throw new TaskFailure("no b", retryable: false);
            // What an activity reads of a task that is mapped with it is that of its own index.
            if (task == "load.copy") Assert.That((string?)await context.XCom.PullAsync("load.extract", IXCom.ReturnValue, cancellation), Is.EqualTo(text));
            return new Outcome.Succeeded(task == "list" ? new JsonArray("a", "b") : JsonValue.Create($"{text}!"));
        };
        var run = await engine.StartFileAsync("sales", File);
        await engine.UntilTaskIsAsync(run, "report", TaskState.UpstreamFailed);
        await engine.UntilAsync(async () => (await InstancesAsync(engine, run)).All(task => task.State.IsFinished()), "all have ended");
        Assert.That(await StatesAsync(engine, run), Is.EqualTo("list success, load.copy[0] success, load.copy[1] upstream_failed, load.extract[0] success, load.extract[1] failed, report upstream_failed"));
        Assert.That(seen.Order(), Is.EqualTo(new[] { "list=none", "load.copy[0]=a to lake of sales!", "load.extract[0]=a to lake of sales", "load.extract[1]=b to lake of sales" }));
        Assert.That((await InstancesAsync(engine, run)).Single(task => task.Name == "load.extract[0]").RenderedMapIndex, Is.EqualTo("a"));

        failing = false;
        var marked = await engine.Get<MarkTaskInstance>().PreviewAsync("sales", "manual__1", new TaskChoice("load.extract", 0), TaskState.Failed, default);
        Assert.That(marked.Select(task => task.Name), Is.EquivalentTo(new[] { "load.extract[0]", "report" }), "the other index is none of its business");
        var cleared = await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["load.extract"]) { MapIndexes = [1] }, new Actor("ann", RunTriggeredBy.Ui), default);
        Assert.That(cleared.Select(task => task.Name), Is.EquivalentTo(new[] { "load.extract[1]", "load.copy[1]", "report" }));
        await engine.Database.InTransactionAsync(tx => DagRunTable.StartAsync(tx, run, engine.Time.GetUtcNow()));
        await engine.PlanAsync(run);
        await engine.UntilTaskIsAsync(run, "report", TaskState.Success);
        var group = await engine.Get<ClearTaskInstances>().PreviewAsync(new ClearRequest("sales", "manual__1", ["load"]) { MapIndexes = [0] }, default);
        Assert.That(group.Select(task => task.Name), Is.EquivalentTo(new[] { "load.extract[0]", "load.copy[0]", "report" }), "one index of the group");
        Assert.That(seen, Has.One.EqualTo("load.copy[0]=a to lake of sales!").And.One.EqualTo("load.copy[1]=b to lake of sales!"));
    }

    private static Task<IReadOnlyList<TaskInstance>> InstancesAsync(TestEngine engine, long run) => engine.Database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, run));

    private static async Task<string> StatesAsync(TestEngine engine, long run) =>
        string.Join(", ", (await InstancesAsync(engine, run)).OrderBy(task => task.Name, StringComparer.Ordinal).Select(task => $"{task.Name} {StateNames.ToName(task.State)}"));
}
