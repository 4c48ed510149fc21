using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Runs;
using Pipelines.Storage.Callbacks;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Callbacks;

/// <summary>What is owed where no worker reports: lost workers, marks, fail_fast, timeouts and the ends of runs (airflow-semantics.md §3.1, §16). It is stored with the state's change.</summary>
public sealed class ServerCallbackTests
{
    private static readonly JsonNode Notifier = JsonNode.Parse("""[{"type": "Nothing"}, {"type": "Nothing"}]""")!;

    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    private Task AddDagAsync(string edges, int retries = 0, params (string, JsonNode)[] settings) => _bench.AddDagAsync("d", edges,
        _ => [("retries", retries), .. ((string[])["onSuccessCallback", "onFailureCallback", "onRetryCallback", "onSkippedCallback"]).Select(name => (name, (JsonNode)Notifier.ToJsonString()))], settings);

    private async Task<IReadOnlyList<CallbackMoment>> OwedAsync(DagRun run) => [.. (await _bench.Database.InTransactionAsync(tx => CallbackTable.OfRunAsync(tx, run.Id))).Select(owed => owed.Moment)];

    [TestCase(1, CallbackKind.OnRetryCallback, UpForRetry)]
    [TestCase(0, CallbackKind.OnFailureCallback, Failed)]
    public async Task A_lost_worker_s_attempt_calls_as_its_failure_would(int retries, CallbackKind kind, TaskState state)
    {
        await AddDagAsync("a", retries);
        var run = await _bench.TriggerAsync("d");
        await _bench.ClaimAsync(run, "a", "host:7");
        await _bench.ExpireLeasesAsync();
        await _bench.TickAsync();

        var owed = (await OwedAsync(run)).Single();
        Assert.That((owed.Kind, owed.State, owed.TaskId, owed.TryNumber, owed.Hostname), Is.EqualTo((kind, (TaskState?)state, "a", 1, "host:7")));
        Assert.That(owed.Exception, Does.Contain("host:7 stopped renewing its lease"));
        Assert.That((await _bench.Database.InTransactionAsync(tx => CallbackTable.TakeAsync(tx, ["another"], 9, _bench.Now, _bench.Now))).Single().Todo, Is.EqualTo(new[] { 0, 1 }), "any worker may call");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Marked_failed_only_what_ran_calls(bool runs)
    {
        await AddDagAsync("a");
        var run = await _bench.TriggerAsync("d");
        if (runs) await _bench.ClaimAsync(run, "a");
        await _bench.Get<MarkTaskInstance>().ExecuteAsync("d", run.RunId, new TaskChoice("a"), Failed, EngineBench.Actor, CancellationToken.None);
        Assert.That((await OwedAsync(run)).Select(owed => (owed.Kind, owed.Exception)), Is.EqualTo(runs ? [(CallbackKind.OnFailureCallback, (string?)"marked failed by ada")] : Array.Empty<(CallbackKind, string?)>()));
    }

    [Test]
    public async Task Marked_success_nobody_is_called_and_of_a_run_that_is_marked_failed_those_that_ran_call()
    {
        await AddDagAsync("a b", settings: ("onFailureCallback", Notifier.ToJsonString()));
        var run = await _bench.TriggerAsync("d");
        await _bench.ClaimAsync(run, "a");
        await _bench.Get<MarkTaskInstance>().ExecuteAsync("d", run.RunId, new TaskChoice("b"), Success, EngineBench.Actor, CancellationToken.None);
        Assert.That(await OwedAsync(run), Is.Empty);
        await _bench.Get<MarkDagRun>().ExecuteAsync("d", run.RunId, DagRunState.Failed, EngineBench.Actor, CancellationToken.None);
        Assert.That((await OwedAsync(run)).Select(owed => (owed.Kind, owed.TaskId, owed.RunState)), Is.EqualTo(new[] { (CallbackKind.OnFailureCallback, (string?)"a", (DagRunState?)null) }), "the DAG's are not: a person knows");
    }

    [Test]
    public async Task With_fail_fast_those_that_ran_call_and_those_that_had_not_begun_do_not()
    {
        await AddDagAsync("a b c>e", settings: ("failFast", true));
        var run = await _bench.TriggerAsync("d");
        var a = await _bench.ClaimAsync(run, "a");
        await _bench.ClaimAsync(run, "b");
        await _bench.ReportAsync(a!, Failed);
        Assert.That((await _bench.StatesAsync(run))["b"], Is.EqualTo(Failed));
        Assert.That((await OwedAsync(run)).Select(owed => (owed.Kind, owed.TaskId)), Is.EqualTo(new[] { (CallbackKind.OnFailureCallback, (string?)"b") }));
    }

    [Test]
    public async Task A_run_that_takes_too_long_calls_for_the_DAG_and_for_none_of_its_tasks()
    {
        await AddDagAsync("a>b", settings: [("dagRunTimeout", "01:00:00"), ("onFailureCallback", Notifier.ToJsonString()), ("onSuccessCallback", Notifier.ToJsonString())]);
        var run = await _bench.TriggerAsync("d");
        await _bench.ClaimAsync(run, "a");
        _bench.Time.Advance(TimeSpan.FromHours(2));
        await _bench.TickAsync();
        Assert.That((await OwedAsync(run)).Select(owed => (owed.Kind, owed.Reason, owed.RunState)), Is.EqualTo(new[] { (CallbackKind.OnFailureCallback, (string?)"timed_out", (DagRunState?)DagRunState.Failed) }));
    }

    [TestCase(Success, CallbackKind.OnSuccessCallback, "success", "b")]
    [TestCase(Failed, CallbackKind.OnFailureCallback, "task_failure", "a")]
    public async Task The_end_of_a_run_calls_once_with_its_reason_and_the_task_that_tells_most(TaskState ofFirst, CallbackKind kind, string reason, string task)
    {
        await _bench.AddDagAsync("d", "a>b", ("onFailureCallback", Notifier.ToJsonString()), ("onSuccessCallback", Notifier.ToJsonString()));
        var run = await _bench.TriggerAsync("d");
        await _bench.RunTaskAsync(run, "a", ofFirst);
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        if (ofFirst == Success) await _bench.RunTaskAsync(run, "b");
        await _bench.TickAsync();
        var owed = (await OwedAsync(run)).Single();
        Assert.That((owed.Kind, owed.Reason, owed.TaskId, owed.State), Is.EqualTo((kind, (string?)reason, task, (TaskState?)ofFirst)));
    }

    [Test]
    public async Task A_DAG_without_callbacks_stores_nothing()
    {
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        await _bench.RunTaskAsync(run, "a", Failed);
        Assert.That(await OwedAsync(run), Is.Empty);
    }
}
