using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Activities;

/// <summary>airflow-semantics.md §6: a task that triggers a run. What the engine makes of it is in the integration tests' TriggerDagRunTests.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TriggerDagRunTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly ActivityEnvironment _task = new() { Time = new FakeTimeProvider(Now) };

    [Test]
    public async Task Without_more_the_run_is_about_now()
    {
        await RunAsync(("conf", """{"country": "DE"}"""));
        var request = _task.Requests.Single();
        Assert.That((request.DagId, request.RunId, request.LogicalDate, request.Conf.ToJsonString()), Is.EqualTo(("load", "manual__2026-01-02T03:04:05+00:00", (DateTimeOffset?)Now, """{"country":"DE"}""")));
        Assert.That((string?)(await _task.PullAllAsync(new("task", "trigger_dag_id"), default)).Single(), Is.EqualTo("load"));
    }

    [TestCase("2026-01-01", "manual__2026-01-01T00:00:00+00:00")]
    [TestCase("None", "manual__2026-01-02T03:04:05+00:00_")]
    public async Task A_logical_date_is_taken_and_None_is_a_run_without_one(string date, string runId)
    {
        await RunAsync(("logicalDate", date));
        Assert.That(_task.Requests.Single().RunId, Does.StartWith(runId));
        Assert.That(_task.Requests.Single().LogicalDate, Is.EqualTo(date == "None" ? null : new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)));
    }

    [Test]
    public async Task Of_two_in_one_moment_the_later_one_takes_the_next_microsecond()
    {
        _task.RunStates[("load", "manual__2026-01-02T03:04:05+00:00")] = DagRunState.Running;
        await RunAsync();
        Assert.That(_task.Requests[^1].RunId, Is.EqualTo("manual__2026-01-02T03:04:05.000001+00:00"));
    }

    [Test]
    public async Task A_run_that_is_there_fails_the_task_without_a_retry()
    {
        _task.RunStates[("load", "own")] = DagRunState.Success;
        var failure = await Assert.ThrowsAsync<TaskFailure>(() => RunAsync(("triggerRunId", "own")));
        Assert.That((failure!.Retryable, failure.Message), Is.EqualTo((false, "Run 'own' of DAG 'load' exists already. Choose another run id or logical date, or set 'resetDagRun' to run it again or 'skipWhenAlreadyExists' to skip this task.")));
    }

    [Test]
    public async Task A_run_that_is_there_skips_the_task_or_is_reset()
    {
        _task.RunStates[("load", "own")] = DagRunState.Success;
        Assert.That(await RunAsync(("triggerRunId", "own"), ("skipWhenAlreadyExists", "true")), Is.EqualTo(new Outcome.Skipped("Run 'own' of DAG 'load' exists already, and 'skipWhenAlreadyExists' is set.")));
        Assert.That(await RunAsync(("triggerRunId", "own"), ("resetDagRun", "true")), Is.EqualTo(new Outcome.Succeeded()));
    }

    [Test]
    public async Task That_the_run_waits_because_its_DAG_is_paused_is_said()
    {
        _task.PausedDags.Add("load");
        const string paused = "; DAG 'load' is paused: 'pipelines dags unpause load' lets its runs go on";
        var deferred = (Outcome.Deferred)await RunAsync(("triggerRunId", "own"), ("waitForCompletion", "true"));
        Assert.That(deferred.Why, Is.EqualTo("waits until run 'own' of DAG 'load' is success or failed" + paused));
        Assert.That(_task.Lines.Select(line => line.Message), Has.Member($"The run waits{paused}."));
        Assert.That(await new TriggerDagRun().LookAsync(_task, deferred.Trigger.Arguments, default), Is.EqualTo(new TriggerLook.NotYet("run 'own' of DAG 'load' is queued" + paused)));
    }

    [Test]
    public async Task It_waits_without_a_worker_until_the_run_is_in_a_state_that_it_names()
    {
        var activity = new TriggerDagRun();
        var deferred = (Outcome.Deferred)await RunAsync(("triggerRunId", "own"), ("waitForCompletion", "true"), ("pokeInterval", "PT5M"));
        Assert.That((deferred.Trigger.First, deferred.Trigger.Every, deferred.Why), Is.EqualTo((Now.AddMinutes(5), (TimeSpan?)TimeSpan.FromMinutes(5), "waits until run 'own' of DAG 'load' is success or failed")));
        Assert.That(await activity.LookAsync(_task, deferred.Trigger.Arguments, default), Is.EqualTo(new TriggerLook.NotYet("run 'own' of DAG 'load' is queued")));

        _task.RunStates[("load", "own")] = DagRunState.Success;
        var fired = (TriggerLook.Fired)await activity.LookAsync(_task, deferred.Trigger.Arguments, default);
        _task.Resumption = new Resumption(TriggerEnd.Fired, deferred.NextKwargs, fired.Payload, null);
        Assert.That(await RunAsync(), Is.EqualTo(new Outcome.Succeeded()));
        Assert.That(_task.Requests, Has.Count.EqualTo(1), "It makes no other.");

        _task.Resumption = new Resumption(TriggerEnd.Fired, deferred.NextKwargs, new JsonObject { ["state"] = "failed" }, null);
        Assert.That((await RunAsync(("failedStates", "[]"))), Is.EqualTo(new Outcome.Succeeded()), "No state fails it.");
        var failure = await Assert.ThrowsAsync<TaskFailure>(() => RunAsync());
        Assert.That((failure!.Retryable, failure.Message), Is.EqualTo((true, "Run 'own' of DAG 'load' is failed, which is one of 'failedStates'. Mend what failed there, then clear this task.")));
    }

    [Test]
    public async Task A_run_that_was_deleted_ends_the_wait()
    {
        var failure = await Assert.ThrowsAsync<TaskFailure>(() => new TriggerDagRun().LookAsync(_task, new JsonObject { ["trigger_dag_id"] = "load", ["trigger_run_id"] = "own" }, default));
        Assert.That(failure!.Message, Does.StartWith("Run 'own' of DAG 'load' was deleted"));
    }

    [TestCase("allowedStates", """["done"]""", "Input 'allowedStates' names 'done', which is no state of a run. States are queued, running, success, failed.")]
    [TestCase("logicalDate", "tomorrow", "Input 'logicalDate' is 'tomorrow' but must be an ISO 8601 date")]
    [TestCase("conf", "[1]", "Input 'conf' must be a JSON object")]
    public async Task What_cannot_be_read_makes_no_run(string input, string value, string message)
    {
        var failure = await Assert.ThrowsAsync<TaskFailure>(() => RunAsync((input, value)));
        Assert.That(failure!.Message, Does.StartWith(message));
        Assert.That((failure.Retryable, _task.Requests.Count), Is.EqualTo((false, 0)));
    }

    private Task<Outcome> RunAsync(params (string Name, string Value)[] inputs) =>
        _task.RunAsync(new TriggerDagRun(), inputs.Append(("triggerDagId", "load")).ToDictionary(input => input.Item1, string? (input) => input.Item2));
}
