using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Runs.Readiness;
using Pipelines.TestKit;
using Pipelines.UnitTests.Dags;
using Pipelines.UnitTests.Runs;

namespace Pipelines.UnitTests.Activities;

/// <summary>airflow-semantics.md §13: what every sensor does with what its pokes see. What the engine makes of it is in the integration tests' SensorTests.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SensorTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    private readonly WatchedClock _time = new();
    private readonly Queue<Func<Poke>> _pokes = [];
    private readonly Watched _sensor;
    private readonly ActivityEnvironment _task;

    public SensorTests()
    {
        _sensor = new Watched(_pokes);
        _task = new ActivityEnvironment { Time = _time };
    }

    [TestCase("poke")]
    [TestCase("reschedule")]
    public async Task A_sensor_whose_first_poke_finds_it_succeeds_with_what_it_found(string mode)
    {
        Sees(new Poke.Done(JsonValue.Create("day.csv")));
        var outcome = (Outcome.Succeeded)await RunAsync(("mode", mode));
        Assert.That((string?)outcome.ReturnValue, Is.EqualTo("day.csv"));
    }

    [Test]
    public async Task In_mode_poke_it_waits_in_its_worker_between_two_pokes()
    {
        Sees(NotYet, NotYet, new Poke.Done());
        var running = RunAsync(("pokeInterval", "00:00:30"));
        await _time.WaitsAsync();
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.That(_pokes, Has.Count.EqualTo(2), "It pokes no sooner.");
        _time.Advance(TimeSpan.FromSeconds(1));
        await _time.WaitsAsync();
        _time.Advance(TimeSpan.FromSeconds(30));
        Assert.That(await running, Is.EqualTo(new Outcome.Succeeded()));
        Assert.That(_task.Log, Does.Contain("Not yet: nothing there. Pokes again in 00:00:30."));
    }

    [Test]
    public async Task In_mode_reschedule_it_gives_its_worker_back_until_the_next_poke()
    {
        Sees(NotYet);
        Assert.That(await RunAsync(("mode", "reschedule"), ("pokeInterval", "PT5M")), Is.EqualTo(new Outcome.RescheduleAt(Start.AddMinutes(5), "Not yet: nothing there")));
    }

    [Test]
    public async Task A_wait_longer_than_a_timer_of_dotnet_counts_is_waited_for()
    {
        Sees(NotYet, new Poke.Done());
        var running = RunAsync(("pokeInterval", "60.00:00:00"), ("timeout", "100.00:00:00"));
        await _time.WaitsAsync();
        _time.Advance(TimeSpan.FromDays(49));
        Assert.That(_pokes, Has.Count.EqualTo(1));
        await _time.WaitsAsync();
        _time.Advance(TimeSpan.FromDays(11));
        Assert.That(await running, Is.EqualTo(new Outcome.Succeeded()));
    }

    [Test]
    public async Task It_pokes_once_even_when_the_timeout_is_zero_and_times_out_only_after_more_than_it()
    {
        Sees(() => { _time.Advance(TimeSpan.FromSeconds(1)); return NotYet; });
        var error = await Assert.ThrowsAsync<TaskFailure>(() => RunAsync(("timeout", "0")));
        Assert.That((error!.Retryable, error.Message), Is.EqualTo((false, "The sensor has looked for 00:00:01 since 2026-01-02 00:00:00 UTC, longer than its timeout of 00:00:00: nothing there. "
            + "Find out why it does not come, or raise 'timeout', then clear the task.")));

        Sees(NotYet);
        Assert.That(await RunAsync(("timeout", "0"), ("mode", "reschedule")), Is.InstanceOf<Outcome.RescheduleAt>(), "Not more than the timeout has passed.");
    }

    [Test]
    public async Task In_mode_reschedule_the_timeout_counts_from_the_first_reschedule_of_the_series_and_in_mode_poke_from_the_attempt()
    {
        _task.FirstReschedule = Start.AddHours(-2);
        Sees(NotYet);
        var error = await Assert.ThrowsAsync<TaskFailure>(() => RunAsync(("mode", "reschedule"), ("timeout", "01:00:00")));
        Assert.That(error!.Message, Does.StartWith("The sensor has looked for 02:00:00 since 2026-01-01 22:00:00 UTC"));

        Sees(NotYet, new Poke.Done());
        var running = RunAsync(("mode", "poke"), ("timeout", "01:00:00"));
        await _time.WaitsAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.That(await running, Is.EqualTo(new Outcome.Succeeded()));
    }

    private static readonly TaskFailure Final = new("The bucket does not exist.", retryable: false);
    private static readonly InvalidOperationException Broken = new("connection reset");

    /// <summary>Setting, error: what becomes of it.</summary>
    private static readonly object?[][] Failures =
    [
        [null, Final, "throws"], [null, Broken, "throws"],
        ["softFail", Final, "skips"], ["softFail", Broken, "throws"],
        ["neverFail", Final, "skips"], ["neverFail", Broken, "skips"],
        ["silentFail", Final, "throws"], ["silentFail", Broken, "goes on"],
    ];

    [TestCaseSource(nameof(Failures))]
    public async Task A_poke_that_fails(string? setting, Exception error, string expected)
    {
        Sees(() => throw error);
        var run = RunAsync(("mode", "reschedule"), (setting ?? "softFail", setting is null ? "false" : "true"));
        switch (expected)
        {
            case "throws":
                await Assert.ThatAsync(() => run, Throws.Exception.SameAs(error));
                break;
            case "skips":
                Assert.That(await run, Is.EqualTo(new Outcome.Skipped($"Skipped instead of failed since '{setting}' is set: {error.Message}")));
                Assert.That(_task.Log, Does.Contain(error.Message));
                break;
            default:
                Assert.That(await run, Is.InstanceOf<Outcome.RescheduleAt>());
                Assert.That(_task.Log, Does.Contain("Error: A poke failed; it counts as not yet (silentFail)").And.Contain("connection reset"));
                break;
        }
    }

    [Test]
    public async Task A_timeout_skips_with_softFail_and_fails_with_neverFail_which_is_about_pokes()
    {
        _task.FirstReschedule = Start.AddHours(-2);
        Sees(NotYet, NotYet);
        var skipped = (Outcome.Skipped)await RunAsync(("mode", "reschedule"), ("timeout", "3600"), ("softFail", "true"));
        Assert.That(skipped.Reason, Does.Contain("longer than its timeout of 01:00:00: nothing there. It is skipped since 'softFail' is set."));
        await Assert.ThatAsync(() => RunAsync(("mode", "reschedule"), ("timeout", "3600"), ("neverFail", "true")), Throws.InstanceOf<TaskFailure>());
    }

    [Test]
    public async Task A_poke_may_skip_the_task_whatever_the_settings_say()
    {
        Sees(new Poke.Skip("the other task was skipped"));
        Assert.That(await RunAsync(("silentFail", "true")), Is.EqualTo(new Outcome.Skipped("the other task was skipped")));
    }

    [TestCase("softFail", true)]
    [TestCase("neverFail", true)]
    [TestCase("silentFail", false)]
    public async Task The_execution_timeout_skips_with_softFail_or_neverFail(string setting, bool skips)
    {
        Sees(new Poke.Done());
        await RunAsync((setting, "true"));
        Assert.That(_sensor.AfterTimeout(_task), skips ? Is.EqualTo(new Outcome.Skipped($"Skipped instead of failed since '{setting}' is set: it ran into its execution timeout")) : Is.Null);
    }

    [Test]
    public async Task An_attempt_that_must_stop_is_no_poke_that_failed()
    {
        using var stop = new CancellationTokenSource();
        Sees(() => { stop.Cancel(); throw new OperationCanceledException(stop.Token); });
        await Assert.ThatAsync(
            () => _task.RunAsync(_sensor, new Dictionary<string, string?> { ["silentFail"] = "true", ["neverFail"] = "true" }, stop.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void With_backoff_the_first_wait_is_between_half_the_interval_and_all_of_it_and_each_further_one_doubles()
    {
        var wait = new PokeWait(new SensorSettings { ExponentialBackoff = true }, _task.Key, Start);
        var waits = Enumerable.Range(1, 8).Select(poke => wait.After(poke, TimeSpan.Zero).TotalSeconds).ToList();
        Assert.Multiple(() =>
        {
            foreach (var (index, seconds) in waits.Index()) Assert.That(seconds, Is.InRange(30 << index, 60 << index), $"after poke {index + 1}");
            Assert.That(waits.Zip(Enumerable.Range(0, 8)).Select(pair => pair.First / (30 << pair.Second)).Distinct().Count(), Is.GreaterThan(1), "It is jittered.");
            Assert.That(new PokeWait(new SensorSettings { ExponentialBackoff = true }, _task.Key, Start).After(1, TimeSpan.Zero).TotalSeconds, Is.EqualTo(waits[0]), "It can be told.");
        });
    }

    [Test]
    public void With_backoff_in_mode_reschedule_the_poke_is_told_by_the_time_that_has_passed()
    {
        var settings = new SensorSettings { ExponentialBackoff = true };
        var (counted, told) = (new PokeWait(settings, _task.Key, Start), new PokeWait(settings with { Reschedules = true }, _task.Key, Start));
        var passed = TimeSpan.Zero;
        for (var poke = 1; poke < 8; poke++)
        {
            Assert.That(told.After(1, passed), Is.EqualTo(counted.After(poke, TimeSpan.Zero)), $"after poke {poke}");
            passed += told.After(1, passed);
        }
    }

    [Test]
    public void Backoff_waits_no_longer_than_maxWait_and_than_is_left_of_the_timeout_and_a_constant_interval_heeds_neither()
    {
        var settings = new SensorSettings { ExponentialBackoff = true, Timeout = TimeSpan.FromMinutes(10), MaxWait = TimeSpan.FromMinutes(2) };
        Assert.Multiple(() =>
        {
            Assert.That(new PokeWait(settings, _task.Key, Start).After(6, TimeSpan.Zero), Is.EqualTo(TimeSpan.FromMinutes(2)));
            Assert.That(new PokeWait(settings, _task.Key, Start).After(6, TimeSpan.FromMinutes(9.5)), Is.EqualTo(TimeSpan.FromSeconds(30)));
            Assert.That(new PokeWait(settings with { MaxWait = TimeSpan.Zero }, _task.Key, Start).After(6, TimeSpan.FromMinutes(5)), Is.EqualTo(TimeSpan.FromMinutes(5)));
            Assert.That(new PokeWait(settings with { MaxWait = null }, _task.Key, Start).After(2000, TimeSpan.Zero), Is.EqualTo(TimeSpan.FromMinutes(10)));
            Assert.That(new PokeWait(settings with { ExponentialBackoff = false, PokeInterval = TimeSpan.FromHours(1) }, _task.Key, Start).After(1, TimeSpan.Zero), Is.EqualTo(TimeSpan.FromHours(1)));
        });
    }

    [TestCase("mode", "sometimes", "must be one of poke, reschedule.")]
    [TestCase("pokeInterval", "soon", "Input 'pokeInterval' is 'soon' but must be a duration")]
    [TestCase("timeout", "-1", "Input 'timeout' is '-1' but must be a duration")]
    [TestCase("pokeIntervall", "60", "has no input 'pokeIntervall'. Did you mean 'pokeInterval'?")]
    public void A_file_with_a_wrong_setting_is_rejected(string name, string value, string words) =>
        Assert.That(Read($"\"{name}\": \"{value}\"").Select(error => error.Message), Has.Exactly(1).Contains(words));

    [Test]
    public void A_setting_of_a_sensor_is_no_template() =>
        Assert.That(
            Read(""" "timeout": { "typeName": "TimeSpan", "expression": { "type": "Jinja", "value": "{{ 60 }}" } } """).Single().Message,
            Is.EqualTo("'timeout' is a setting, read before any run exists, so it must be a Literal and not Jinja."));

    [Test]
    public void A_file_that_wants_softFail_and_neverFail_is_rejected() =>
        Assert.That(Read(""" "softFail": true, "neverFail": true """).Single().Message, Does.EndWith("'softFail' and 'neverFail' exclude each other. Set one of them to false."));

    [Test]
    public void A_sensor_between_two_pokes_waits_for_its_moment_and_then_for_a_slot_in_the_same_try()
    {
        var instance = Sample.Instance("a", TaskState.UpForReschedule) with { TryNumber = 2, RescheduleDate = Sample.Now.AddMinutes(1) };
        var run = new RunSnapshot(Sample.Dag("a"), Sample.Run(), [instance], DagPaused: false);
        var (before, after) = (Planner.Decide(run, Sample.Now), Planner.Decide(run, Sample.Now.AddMinutes(1)));
        Assert.Multiple(() =>
        {
            Assert.That(before.Waits.Single().Reason, Is.EqualTo("waits for its next poke at 2026-01-02 12:01:00 UTC").And.EqualTo(RescheduleDueRule.Words(Sample.Now.AddMinutes(1))));
            Assert.That((before.WakeAt, before.RunState), Is.EqualTo((Sample.Now.AddMinutes(1), (DagRunState?)null)));
            Assert.That(after.Transitions.Single(), Is.EqualTo(new PlannedTransition(
                1, TaskState.UpForReschedule, TaskState.Scheduled, 2, "its next poke is due; waits for a slot of pool 'default_pool'")));
        });
    }

    [Test]
    public void A_sensor_between_two_pokes_fails_with_an_upstream_task_that_failed_meanwhile()
    {
        var run = Sample.Snapshot(Sample.Dag("a>b"), TaskState.Failed, TaskState.UpForReschedule);
        Assert.That(Planner.Decide(run, Sample.Now).Transitions.Single().To, Is.EqualTo(TaskState.UpstreamFailed));
    }

    private static readonly Poke NotYet = new Poke.NotYet("nothing there");

    private void Sees(params Poke[] pokes)
    {
        foreach (var poke in pokes) Sees(() => poke);
    }

    [TestCase(true, "true")]
    [TestCase(false, "false")]
    public void Where_the_installation_says_so_sensors_are_deferrable_by_default_in_the_designer_too(bool defaultDeferrable, string expected)
    {
        var catalog = new ActivityCatalog([_sensor, new TriggerDagRun()], defaultDeferrable).Now;
        catalog.SetPlugins([]);
        Assert.That((Default("Watched"), Default("TriggerDagRun")), Is.EqualTo((expected, "true")), "of those that are no sensors nothing is changed");

        string? Default(string type) => catalog.Find(type)!.Inputs.Single(input => input.Name == SensorInputs.Deferrable).Default;
    }

    private void Sees(Func<Poke> poke) => _pokes.Enqueue(poke);

    private Task<Outcome> RunAsync(params (string Name, string Value)[] inputs) =>
        _task.RunAsync(_sensor, inputs.ToDictionary(input => input.Name, input => (string?)input.Value));

    private IReadOnlyList<DagFileError> Read(string settings)
    {
        var text = new DagText("shop");
        text.Activities.Add(JsonNode.Parse($$""" { "id": "a1", "type": "Watched", "name": "wait", {{settings}} } """));
        return DagFile.Read(text.Definition.ToJsonString(), "shop.json", new ActivityCatalog([_sensor])).Errors;
    }

    /// <summary>A sensor as an author writes it.</summary>
    private sealed class Watched(Queue<Func<Poke>> pokes) : Sensor(new("Watched", "Watched", "Test", "Sees what the test says.", [], [], [ActivityDescriptor.Done]))
    {
        protected override Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation) => Task.FromResult(pokes.Dequeue()());
    }

    /// <summary>A clock that tells when somebody waits for it.</summary>
    private sealed class WatchedClock() : FakeTimeProvider(SensorTests.Start)
    {
        private readonly SemaphoreSlim _waits = new(0);

        public Task WaitsAsync() => _waits.WaitAsync();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            _waits.Release();
            return timer;
        }
    }
}
