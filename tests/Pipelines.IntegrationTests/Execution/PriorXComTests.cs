using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>XComs of other runs (airflow-semantics.md §12): what the newest run up to this one has passed on (include_prior_dates), and what runs and DAGs have that are named.</summary>
public sealed class PriorXComTests
{
    private TestEngine _engine = null!;
    private int _runs;

    [SetUp]
    public async Task StartAsync() => (_engine, _runs) = (await TestEngine.StartAsync(), 0);

    [TearDown]
    public async Task StopAsync() => await _engine.DisposeAsync();

    /// <summary>A run of "load", a day after the one before, that pushes this and says what it has read before.</summary>
    private async Task<string?> RunAsync(string? watermark, string template, string dagId = "d")
    {
        string? seen = null;
        _engine.Probe.Does = async (context, cancellation) =>
        {
            seen = context.Inputs.Optional("text");
            if (watermark is not null) await context.XCom.PushAsync("watermark", watermark, cancellation);
            return new Outcome.Succeeded();
        };
        var run = await _engine.StartRunAsync(dagId, new TestTask("load", ("text", template)));
        await _engine.UntilTaskIsAsync(run, "load", TaskState.Success);
        await _engine.UntilAsync(async () => await _engine.Sql.ScalarAsync<string>($"SELECT state FROM pipelines.dag_run WHERE id = {run}") == "success", "the run has ended");
        await _engine.Sql.ExecuteAsync($"UPDATE pipelines.dag_run SET run_id = 'manual__of_{_runs++}' WHERE id = {run}");
        _engine.Time.Advance(TimeSpan.FromDays(1));
        return seen;
    }

    [TestCase("{{ ti.xcom_pull('load', key='watermark', include_prior_dates=True) }}", "None monday tuesday tuesday")]
    [TestCase("{{ ti.xcom_pull(key='watermark', map_indexes=-1, default='never', include_prior_dates=True) }}", "never monday tuesday tuesday")]
    [TestCase("{{ ti.xcom_pull(key='watermark', include_prior_dates=False) }}", "None None None None")]
    public async Task The_newest_run_that_has_one_counts(string template, string seen)
    {
        List<string?> all = [];
        foreach (var watermark in new[] { "monday", "tuesday", null, "thursday" }) all.Add(await RunAsync(watermark, template));
        Assert.That(string.Join(' ', all), Is.EqualTo(seen));
    }

    [TestCase("key='watermark', dag_id='source'", "tuesday", TestName = "Of another DAG, of the run with the same id")]
    [TestCase("key='watermark', dag_id='source', run_id='manual__of_0'", "monday", TestName = "Of another DAG and run")]
    [TestCase("'load', 'source', 'watermark', run_id='manual__of_2'", "None", TestName = "Of a run that pushed none")]
    [TestCase("key='watermark', dag_id='source', run_id='manual__of_2', include_prior_dates=True", "tuesday", TestName = "Up to a run that pushed none")]
    [TestCase("key='watermark', dag_id='d', run_id='manual__of_3'", "own", TestName = "Of another run of the same DAG")]
    [TestCase("key='watermark', run_id='manual__of_3'", "own", TestName = "Of another run")]
    [TestCase("key='watermark', run_id='manual__of_0'", "None", TestName = "Of a run that only another DAG has")]
    [TestCase("key='watermark', dag_id='source', run_id='manual__of_3', include_prior_dates=True", "tuesday", TestName = "Up to a run that only the DAG that asks has")]
    [TestCase("key='watermark', dag_id='nowhere'", "None", TestName = "Of no DAG")]
    [TestCase("'other', key='watermark', dag_id='source'", "None", TestName = "Of no task")]
    public async Task Another_DAG_and_another_run_are_asked_for_by_name(string arguments, string seen)
    {
        await RunAsync("monday", "x", "source");
        await RunAsync("tuesday", "x", "source");
        await RunAsync(null, "x", "source");
        await RunAsync("own", "x");
        await _engine.Sql.ExecuteAsync("UPDATE pipelines.dag_run SET run_id = 'manual__1' WHERE run_id = 'manual__of_1'");
        Assert.That(await RunAsync(null, $$$"""{{ ti.xcom_pull({{{arguments}}}) }}"""), Is.EqualTo(seen));
    }

    [Test]
    public async Task What_a_later_run_has_passed_on_is_not_seen_and_its_own_run_comes_first()
    {
        await RunAsync("later", "x");
        await _engine.Sql.ExecuteAsync("UPDATE pipelines.dag_run SET run_after = run_after + interval '10 days'");
        List<string> seen = [];
        _engine.Probe.Does = async (context, cancellation) =>
        {
            seen.Add(string.Join(' ', (await context.XCom.PullAllAsync(new("load", "watermark") { IncludesPriorDates = true }, cancellation)).Select(value => (string?)value)));
            await context.XCom.PushAsync("watermark", JsonValue.Create("own"), cancellation);
            seen.Add(string.Join(' ', (await context.XCom.PullAllAsync(new("load", "watermark", -1) { IncludesPriorDates = true }, cancellation)).Select(value => (string?)value)));
            return new Outcome.Succeeded();
        };
        await _engine.UntilTaskIsAsync(await _engine.StartRunAsync("d", new TestTask("load")), "load", TaskState.Success);
        Assert.That(seen, Is.EqualTo(new[] { "", "own" }));
    }
}
