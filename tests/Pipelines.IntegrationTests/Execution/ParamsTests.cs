using System.Text.Json.Nodes;
using Pipelines.Engine.Execution;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>airflow-semantics.md §20: what a task sees of its params.</summary>
public sealed class ParamsTests
{
    private static readonly TestTask Task = new("load", ("params", """{"country":{"value":"DE","schema":{"enum":["DE","FR"]} },"days":1}"""), ("text", "{{ params.country }} {{ params.days }}"));

    [TestCase(true, "FR 1", """{"country":"FR","days":1,"more":2}""")]
    [TestCase(false, "DE 1", """{"country":"DE","days":1}""")]
    public async Task The_conf_of_a_run_goes_over_its_params_unless_the_host_says_no(bool overrides, string text, string all)
    {
        await using var engine = await TestEngine.StartAsync(worker: false, new WorkerOptions { ConfOverridesParams = overrides });
        (string? Text, JsonObject? Params) seen = default;
        engine.Probe.Does = (context, _) =>
        {
            seen = (context.Inputs.Optional("text"), context.Run.Params);
            return System.Threading.Tasks.Task.FromResult<Outcome>(new Outcome.Succeeded());
        };
        var run = await StartAsync(engine, """{"country":"FR","more":2}""");
        await engine.UntilTaskIsAsync(run, "load", TaskState.Success);

        Assert.That((seen.Text, seen.Params!.ToJsonString()), Is.EqualTo((text, all)));
    }

    [Test]
    public async Task A_value_that_does_not_fulfil_the_schema_of_the_task_fails_it_without_another_try()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var run = await StartAsync(engine, """{"country":"XX"}""");
        await engine.UntilTaskIsAsync(run, "load", TaskState.Failed);

        var task = await engine.TaskAsync(run, "load");
        Assert.That(await engine.LogAsync((await engine.AttemptsAsync(task)).Single()), Has.Some.Contain("Param 'country' is \"XX\" but must be one of \"DE\", \"FR\"."));
    }

    private static async Task<long> StartAsync(TestEngine engine, string conf)
    {
        var run = await engine.StartRunAsync("sales", Task);
        await engine.Sql.ExecuteAsync($"UPDATE pipelines.dag_run SET conf = '{conf}' WHERE id = {run}");
        await engine.StartWorkerAsync();
        return run;
    }
}
