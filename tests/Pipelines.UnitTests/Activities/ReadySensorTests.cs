using Microsoft.Extensions.Time.Testing;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Activities;

/// <summary>airflow-semantics.md §13: what the sensors that need no server look for. Those that do are in the integration tests.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ReadySensorTests
{
    private static readonly DateTimeOffset Day = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _time = new(Day.AddDays(1));
    private readonly ActivityEnvironment _task;

    public ReadySensorTests() => _task = new ActivityEnvironment { Time = _time, Interval = new DataInterval(Day, Day.AddDays(1)) };

    [TestCase("2026-05-01T23:59:59Z", true)]
    [TestCase("2026-05-02T00:00:00Z", false)]
    [TestCase("2026-05-02T01:30:00+02:00", true)]
    public Task DateTimeSensor_waits_until_a_moment_has_passed(string target, bool isDone) => AssertAsync(new DateTimeSensor(), isDone, ("targetTime", target));

    [TestCase("00:00:00", -1, true)]
    [TestCase("00:00:00", 0, false)]
    [TestCase("00:30:00", -1801, true)]
    [TestCase("00:30:00", -1800, false)]
    public async Task TimeDeltaSensor_counts_from_the_end_of_the_interval_and_without_one_from_run_after(string delta, int endsIn, bool isDone)
    {
        var from = _time.GetUtcNow().AddSeconds(endsIn);
        _task.Interval = new DataInterval(from.AddDays(-1), from);
        await AssertAsync(new TimeDeltaSensor(), isDone, ("delta", delta));
        (_task.Interval, _task.RunAfter) = (null, from);
        await AssertAsync(new TimeDeltaSensor(), isDone, ("delta", delta));
    }

    [TestCase("05:59", "UTC", "06:00", true)]
    [TestCase("06:00", "UTC", "06:00", false)]
    [TestCase("07:59:59", "Europe/Berlin", "06:00", true)]
    [TestCase("08:00:00", "Europe/Berlin", "06:00", false)]
    public async Task TimeSensor_waits_for_a_time_in_a_zone(string target, string zone, string now, bool isDone)
    {
        _time.Advance(TimeSpan.Parse(now, null));
        await AssertAsync(new TimeSensor(), isDone, ("targetTime", target), ("timezone", zone));
    }

    [Test]
    public async Task TimeSensor_means_the_day_on_which_it_began_also_after_midnight()
    {
        _task.FirstReschedule = Day.AddHours(22);
        await AssertAsync(new TimeSensor(), true, ("targetTime", "23:00"));
    }

    [Test]
    public async Task TimeSensor_waits_for_a_time_that_the_clocks_skip()
    {
        _time.SetUtcNow(new DateTimeOffset(2027, 3, 28, 0, 59, 59, TimeSpan.Zero));
        await AssertAsync(new TimeSensor(), false, ("targetTime", "02:30"), ("timezone", "Europe/Berlin"));
        _time.Advance(TimeSpan.FromSeconds(2));
        await AssertAsync(new TimeSensor(), true, ("targetTime", "02:30"), ("timezone", "Europe/Berlin"));
    }

    [TestCase("Saturday", "false", "UTC", true)]
    [TestCase("[\"Monday\", \"saturday\"]", "false", "UTC", true)]
    [TestCase("Friday", "false", "UTC", false)]
    [TestCase("Friday", "true", "UTC", true)]
    [TestCase("Friday", "false", "America/New_York", true)]
    public Task DayOfWeekSensor_waits_for_a_day(string days, string logical, string zone, bool isDone) =>
        AssertAsync(new DayOfWeekSensor(), isDone, ("weekDay", days), ("useTaskLogicalDate", logical), ("timezone", zone));

    [TestCase("TimeSensor", "targetTime", "6 o'clock", "must be a time of day such as 06:30")]
    [TestCase("TimeSensor", "timezone", "Mars/Base", "is no time zone. Name one such as Europe/Berlin.")]
    [TestCase("DayOfWeekSensor", "weekDay", "Someday", "names 'Someday', which is no day of the week")]
    [TestCase("DateTimeSensor", "targetTime", "soon", "is 'soon' but must be an ISO 8601 date")]
    [TestCase("TimeDeltaSensor", "delta", "a while", "is 'a while' but must be a duration")]
    [TestCase("ExternalTaskSensor", "failedStates", "[\"broken\"]", "names 'broken', which is no state")]
    [TestCase("ExternalTaskSensor", "skippedStates", "[\"success\"]", "State 'success' is in more than one of")]
    public async Task An_input_that_makes_no_sense_fails_without_a_retry(string type, string input, string value, string words)
    {
        var inputs = new Dictionary<string, string?> { ["mode"] = "reschedule" };
        var sensor = BuiltInActivities.All.Single(activity => activity.Descriptor.TypeName == type);
        if (type == "TimeSensor") inputs["targetTime"] = "06:00";
        if (type == "ExternalTaskSensor") inputs["externalDagId"] = "upstream";
        inputs[input] = value;
        var error = await Assert.ThrowsAsync<TaskFailure>(() => _task.RunAsync(sensor, inputs));
        Assert.That((error!.Retryable, error.Message.Contains(words, StringComparison.Ordinal)), Is.EqualTo((false, true)), error.Message);
    }

    [TestCase("in/a.csv", false, true)]
    [TestCase("in/b.csv", false, false)]
    [TestCase("in/*.csv", false, true)]
    [TestCase("in/[!b].csv", false, true)]
    [TestCase("in/?.txt", false, false)]
    [TestCase("in/*", false, true)]
    [TestCase("in", false, true)]
    [TestCase("empty", false, false)]
    [TestCase("*.csv", false, false)]
    [TestCase("**/*.csv", true, true)]
    [TestCase("**/*.csv", false, true)]
    [TestCase("deep/**/x.csv", true, true)]
    [TestCase("deep/**/x.csv", false, false)]
    public async Task FileSensor_waits_for_a_file_or_a_folder_that_holds_one(string path, bool recursive, bool isDone)
    {
        using var folder = new TemporaryDirectory();
        Directory.CreateDirectory(Path.Combine(folder.Path, "in"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "empty"));
        Directory.CreateDirectory(Path.Combine(folder.Path, "deep", "er", "est"));
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "in", "a.csv"), "1");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "in", ".hidden.txt"), "1");
        await File.WriteAllTextAsync(Path.Combine(folder.Path, "deep", "er", "est", "x.csv"), "1");
        await AssertAsync(new FileSensor(), isDone, ("filepath", Path.Combine(folder.Path, path)), ("recursive", recursive ? "true" : "false"));
        _task.Add(new("fs_default", "fs") { Extra = new() { ["path"] = folder.Path } });
        await AssertAsync(new FileSensor(), isDone, ("filepath", path), ("recursive", recursive ? "true" : "false"), ("fsConnId", "fs_default"));
    }

    [TestCase("success", null, true)]
    [TestCase("running", null, false)]
    [TestCase("failed", "[\"failed\"]", true)]
    public async Task ExternalTaskSensor_waits_for_the_run_of_the_same_logical_date(string state, string? allowed, bool isDone)
    {
        Other("upstream", Day, StateNames.Parse<DagRunState>(state));
        await AssertAsync(new ExternalTaskSensor(), isDone, ("externalDagId", "upstream"), ("allowedStates", allowed));
        await AssertAsync(new ExternalTaskSensor(), false, ("externalDagId", "another"), ("allowedStates", allowed));
    }

    [TestCase("load", "success", "skipped", true)]
    [TestCase("[\"load\", \"check\"]", "success", "success", true)]
    [TestCase("[\"load\", \"check\"]", "success", "running", false)]
    [TestCase("[\"load\", \"gone\"]", "success", "success", false)]
    public async Task ExternalTaskSensor_waits_for_all_the_tasks(string tasks, string load, string check, bool isDone)
    {
        Other("upstream", Day, DagRunState.Running, ("load", load), ("check", check));
        await AssertAsync(new ExternalTaskSensor(), isDone, ("externalDagId", "upstream"), ("externalTaskIds", tasks));
    }

    [TestCase("load", "success", "success", true)]
    [TestCase("load", "success", "running", false)]
    [TestCase("load", "success", "none", false)]
    [TestCase("none", "success", "success", false)]
    public async Task ExternalTaskSensor_waits_for_all_the_tasks_of_a_group(string group, string orders, string items, bool isDone)
    {
        Other("upstream", Day, DagRunState.Running, ("load.orders", orders), ("load.items", items), ("check", "failed"));
        await AssertAsync(new ExternalTaskSensor(), isDone, ("externalDagId", "upstream"), ("externalTaskGroupId", group), ("failedStates", "[\"failed\"]"));
    }

    [Test]
    public async Task ExternalTaskSensor_fails_or_is_skipped_when_one_task_of_the_group_has_come_to_such_a_state()
    {
        Other("upstream", Day, DagRunState.Running, ("load.orders", "upstream_failed"), ("load.items", "running"));
        (string, string?)[] inputs = [("externalDagId", "upstream"), ("externalTaskGroupId", "load")];
        var error = await Assert.ThrowsAsync<TaskFailure>(() => RunAsync(new ExternalTaskSensor(), [.. inputs, ("failedStates", "[\"upstream_failed\"]")]));
        Assert.That(error!.Message, Does.StartWith("task 'load.orders' of run 'manual__1' of DAG 'upstream' is upstream_failed"));
        Assert.That(await RunAsync(new ExternalTaskSensor(), [.. inputs, ("skippedStates", "[\"upstream_failed\"]")]), Is.InstanceOf<Outcome.Skipped>());
    }

    [TestCase("load", "[\"check\"]", "Inputs 'externalTaskIds' and 'externalTaskGroupId' exclude each other. Set one of them.")]
    [TestCase("laod", null, "Run 'manual__1' of DAG 'upstream' has no task group 'laod'. Correct input 'externalTaskGroupId'.")]
    public async Task ExternalTaskSensor_says_at_once_what_is_wrong_with_its_group(string group, string? tasks, string words)
    {
        Other("upstream", Day, DagRunState.Running, ("load.orders", "running"));
        var error = await Assert.ThrowsAsync<TaskFailure>(() => RunAsync(new ExternalTaskSensor(), ("externalDagId", "upstream"), ("externalTaskGroupId", group), ("externalTaskIds", tasks), ("checkExistence", "true")));
        Assert.That((error!.Retryable, error.Message), Is.EqualTo((false, words)));
    }

    [Test]
    public async Task ExternalTaskSensor_looks_at_an_earlier_run_or_at_those_that_are_named()
    {
        Other("upstream", Day.AddHours(-1), DagRunState.Success);
        await AssertAsync(new ExternalTaskSensor(), false, ("externalDagId", "upstream"));
        await AssertAsync(new ExternalTaskSensor(), true, ("externalDagId", "upstream"), ("executionDelta", "01:00:00"));
        await AssertAsync(new ExternalTaskSensor(), true, ("externalDagId", "upstream"), ("executionDates", "2026-04-30 23:00:00+00:00"));
        await AssertAsync(new ExternalTaskSensor(), false, ("externalDagId", "upstream"), ("executionDates", "[\"2026-04-30T23:00:00Z\", \"2026-04-30T22:00:00Z\"]"));
    }

    [Test]
    public async Task ExternalTaskSensor_fails_or_is_skipped_when_one_task_has_come_to_such_a_state()
    {
        Other("upstream", Day, DagRunState.Running, ("load", "failed"), ("check", "running"));
        (string, string?)[] inputs = [("externalDagId", "upstream"), ("externalTaskIds", "[\"check\", \"load\"]")];
        var error = await Assert.ThrowsAsync<TaskFailure>(() => RunAsync(new ExternalTaskSensor(), [.. inputs, ("failedStates", "[\"failed\"]")]));
        Assert.That((error!.Retryable, error.Message), Is.EqualTo(
            (true, "task 'load' of run 'manual__1' of DAG 'upstream' is failed, which is one of 'failedStates'. Mend what failed there and clear it, then clear this task.")));
        Assert.That(await RunAsync(new ExternalTaskSensor(), [.. inputs, ("failedStates", "[\"failed\"]"), ("softFail", "true")]), Is.InstanceOf<Outcome.Skipped>());
        Assert.That(await RunAsync(new ExternalTaskSensor(), [.. inputs, ("skippedStates", "[\"failed\"]")]), Is.InstanceOf<Outcome.Skipped>());
    }

    [Test]
    public async Task ExternalTaskSensor_says_at_once_that_there_is_no_such_DAG_or_task_where_it_is_to_check()
    {
        Other("upstream", Day, DagRunState.Running, ("load", "running"));
        var missing = await Assert.ThrowsAsync<TaskFailure>(() => RunAsync(new ExternalTaskSensor(), ("externalDagId", "another"), ("checkExistence", "true")));
        Assert.That(missing!.Message, Does.StartWith("There is no DAG 'another'."));
        var unknown = await Assert.ThrowsAsync<TaskFailure>(() => RunAsync(new ExternalTaskSensor(), ("externalDagId", "upstream"), ("externalTaskIds", "laod"), ("checkExistence", "true")));
        Assert.That(unknown!.Message, Is.EqualTo("Run 'manual__1' of DAG 'upstream' has no task 'laod'. Correct input 'externalTaskIds'."));
    }

    [Test]
    public async Task ExternalTaskSensor_says_that_the_other_DAG_is_paused()
    {
        _task.PausedDags.Add("upstream");
        var again = (Outcome.RescheduleAt)await RunAsync(new ExternalTaskSensor(), ("externalDagId", "upstream"));
        Assert.That(again.Why, Does.EndWith("; DAG 'upstream' is paused: 'pipelines dags unpause upstream' lets its runs go on"));
    }

    private void Other(string dagId, DateTimeOffset date, DagRunState state, params (string TaskId, string State)[] tasks) => _task.OtherRuns[(dagId, date)] =
        new OtherRun("manual__1", state, tasks.ToDictionary(task => task.TaskId, task => StateNames.Parse<TaskState>(task.State)));

    private Task<Outcome> RunAsync(IActivity sensor, params (string Name, string? Value)[] inputs) =>
        _task.RunAsync(sensor, inputs.Append(("mode", "reschedule")).ToDictionary(input => input.Item1, input => input.Item2));

    private async Task AssertAsync(IActivity sensor, bool isDone, params (string Name, string? Value)[] inputs) =>
        Assert.That(await RunAsync(sensor, inputs), isDone ? Is.InstanceOf<Outcome.Succeeded>() : Is.InstanceOf<Outcome.RescheduleAt>());
}
