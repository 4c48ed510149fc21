using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Activities;

/// <summary>airflow-semantics.md §13, §14: how a deferrable sensor waits and goes on. What the engine makes of it is in the integration tests' DeferralTests.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DeferralTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly ActivityEnvironment _task = new() { Time = new FakeTimeProvider(Start) };
    private readonly Watched _sensor = new();

    [Test]
    public async Task It_pokes_once_in_its_worker_and_is_then_deferred_until_its_timeout_whatever_its_mode([Values("poke", "reschedule")] string mode)
    {
        _sensor.Sees = () => new Poke.NotYet("nothing there");
        var deferred = (Outcome.Deferred)await RunAsync(("mode", mode), ("pokeInterval", "30"), ("timeout", "01:00:00"));
        Assert.That((deferred.Trigger.First, deferred.Trigger.Every, deferred.Timeout, deferred.Why), Is.EqualTo(
            (Start.AddSeconds(30), (TimeSpan?)TimeSpan.FromSeconds(30), (TimeSpan?)TimeSpan.FromHours(1), "nothing there")));
    }

    [Test]
    public async Task What_a_look_saw_is_what_the_task_comes_to()
    {
        await RunAsync();
        var looks = new List<TriggerLook>();
        foreach (var poke in new Poke[] { new Poke.NotYet("nothing there"), new Poke.Done(JsonValue.Create(5)), new Poke.Done(), new Poke.Skip("gone") })
        {
            _sensor.Sees = () => poke;
            looks.Add(await _sensor.LookAsync(_task, [], CancellationToken.None));
        }

        Assert.That(looks[0], Is.EqualTo(new TriggerLook.NotYet("nothing there")));
        Assert.That((int?)((Outcome.Succeeded)await ResumeAsync(Fired(looks[1]))).ReturnValue, Is.EqualTo(5));
        Assert.That(((Outcome.Succeeded)await ResumeAsync(Fired(looks[2]))).ReturnValue, Is.Null);
        Assert.That(await ResumeAsync(Fired(looks[3])), Is.EqualTo(new Outcome.Skipped("gone")));
    }

    [TestCase(TriggerEnd.TimedOut, null, "fails for good")]
    [TestCase(TriggerEnd.TimedOut, "softFail", "skips")]
    [TestCase(TriggerEnd.TimedOut, "neverFail", "skips")]
    [TestCase(TriggerEnd.Failed, null, "fails")]
    [TestCase(TriggerEnd.Failed, "softFail", "fails")]
    [TestCase(TriggerEnd.Failed, "neverFail", "skips")]
    [TestCase(TriggerEnd.FailedForGood, null, "fails for good")]
    public async Task A_wait_that_ended_badly(TriggerEnd end, string? setting, string expected)
    {
        var run = () => ResumeAsync(new Resumption(end, [], null, end == TriggerEnd.TimedOut ? null : "connection reset"), (setting ?? "softFail", setting is null ? "false" : "true"));
        if (expected == "skips") Assert.That(await run(), Is.InstanceOf<Outcome.Skipped>());
        else Assert.That((await Assert.ThrowsAsync<TaskFailure>(run))!.Retryable, Is.EqualTo(expected == "fails"));
    }

    private static Resumption Fired(TriggerLook look) => new(TriggerEnd.Fired, [], ((TriggerLook.Fired)look).Payload, null);

    private Task<Outcome> ResumeAsync(Resumption resumption, params (string Name, string Value)[] inputs)
    {
        _task.Resumption = resumption;
        return RunAsync(inputs);
    }

    private Task<Outcome> RunAsync(params (string Name, string Value)[] inputs) =>
        _task.RunAsync(_sensor, inputs.Append(("deferrable", "true")).ToDictionary(input => input.Item1, input => (string?)input.Item2));

    private sealed class Watched() : Sensor(new("Watched", "Watched", "Test", "Sees what the test says.", [], [], [ActivityDescriptor.Done]))
    {
        public Func<Poke> Sees { get; set; } = () => new Poke.Done();

        protected override Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation) => Task.FromResult(Sees());
    }
}
