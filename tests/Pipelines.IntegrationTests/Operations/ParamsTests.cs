using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Operations;

/// <summary>airflow-semantics.md §20: what a run is triggered with is held against the schemas before anything exists.</summary>
public class ParamsTests
{
    private const string Params = """{"country":{"value":"DE","schema":{"enum":["DE","FR"]}},"days":{"value":1,"schema":{"type":"integer","minimum":1}}}""";

    private EngineBench _bench = null!;

    private static CancellationToken None => CancellationToken.None;

    [SetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        _bench.Write("d", DagJson.Of("d", "a", ("schedule", "0 0 * * *"), ("timetable", "cron_data_interval"), ("startDate", "2026-01-01"), ("params", Params)));
        await _bench.SyncAsync();
    }

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task A_trigger_with_wrong_params_is_refused_with_every_reason_and_makes_nothing()
    {
        var refused = await Assert.ThrowsAsync<OperationException>(() => TriggerAsync("""{"country":"XX","days":0}"""));

        Assert.That(refused!.Kind, Is.EqualTo(RefusalKind.Invalid));
        Assert.That(refused.Message, Is.EqualTo("Param 'country' is \"XX\" but must be one of \"DE\", \"FR\". Param 'days' is 0 but must be 1 or more."));
        Assert.That(refused.Details, Has.Count.EqualTo(2));
        Assert.That(await RunsAsync(), Is.Empty);
    }

    [Test]
    public async Task A_trigger_with_good_params_keeps_them_and_what_else_conf_says()
    {
        await TriggerAsync("""{"country":"FR","other":[1]}""");
        Assert.That((await RunsAsync()).Single().Conf.ToJsonString(), Is.EqualTo("""{"country":"FR","other":[1]}"""));
    }

    [Test]
    public async Task A_backfill_with_wrong_params_is_refused_in_its_preview_too()
    {
        var request = new BackfillRequest("d", new BackfillRange(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))) { Conf = new JsonObject { ["days"] = "many" } };

        foreach (var refused in new[]
        {
            await Assert.ThrowsAsync<OperationException>(() => _bench.Get<CreateBackfill>().PreviewAsync(request, None)),
            await Assert.ThrowsAsync<OperationException>(() => _bench.Get<CreateBackfill>().ExecuteAsync(request, EngineBench.Actor, None)),
        })
            Assert.That((refused!.Kind, refused.Message), Is.EqualTo((RefusalKind.Invalid, "Param 'days' is \"many\" but must be an integer.")));
        Assert.That(await RunsAsync(), Is.Empty);
        Assert.That(await _bench.Database.InTransactionAsync(tx => BackfillQueries.PageAsync(tx, "d", 1, false)), Is.Empty);
    }

    private Task<TriggeredRun> TriggerAsync(string conf) =>
        _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest("d") { Conf = JsonNode.Parse(conf)!.AsObject() }, EngineBench.Actor, None);

    private Task<IReadOnlyList<DagRun>> RunsAsync() => _bench.Database.InTransactionAsync(tx => DagRunQueries.NewestAsync(tx, "d", 9, long.MaxValue));
}
