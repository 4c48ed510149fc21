using Microsoft.Extensions.Time.Testing;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Timetables;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Activities;

/// <summary>airflow-semantics.md §8: branches by the time and by the day of the week, as BranchDateTimeOperator and BranchDayOfWeekOperator.</summary>
public sealed class DateBranchTests
{
    private ActivityEnvironment _task = null!;

    // A Friday.
    [SetUp]
    public void NewTask() => _task = new() { Time = new FakeTimeProvider(Moment("2026-05-01T12:00:00Z")), RunAfter = Moment("2026-05-01T00:00:00Z") };

    [TestCase("08:00", "13:00", true)]
    [TestCase("12:00:00", "12:00:00", true)]
    [TestCase("12:00:01", null, false)]
    [TestCase("12:00:00", null, true)]
    [TestCase(null, "11:59:59", false)]
    [TestCase("22:00", "06:00", false)]
    [TestCase("10:00", "06:00", true, Description = "until 6 o'clock of the next day")]
    [TestCase("2026-05-01T08:00:00", "2026-05-02", true)]
    [TestCase("2026-05-01 08:00", null, true)]
    [TestCase("2026-05-02", "2026-05-01", false)]
    [TestCase("2026-05-01T14:00:00+03:00", null, true)]
    [TestCase("2026-05-01T14:00:00Z", null, false)]
    [TestCase("2026-05-01T08:00:00", "07:00", true, Description = "of a moment and a time of the day the earlier upper one is the next day's")]
    public async Task It_is_true_from_the_one_to_the_other_with_both_ends(string? lower, string? upper, bool expected) =>
        Assert.That(await PortAsync(new BranchDateTime(), ("targetLower", lower), ("targetUpper", upper)), Is.EqualTo(expected ? "True" : "False"));

    [TestCase("14:00", "Europe/Berlin", true, Description = "it is 14:00 there")]
    [TestCase("14:01", "Europe/Berlin", false)]
    [TestCase("21:00", "Asia/Tokyo", true)]
    public async Task Times_of_the_day_are_of_the_time_zone(string lower, string zone, bool expected) =>
        Assert.That(await PortAsync(new BranchDateTime(), ("targetLower", lower), ("timezone", zone)), Is.EqualTo(expected ? "True" : "False"));

    [Test]
    public async Task A_time_that_clocks_skip_is_when_they_have_skipped_it()
    {
        _task.Time = new FakeTimeProvider(Moment("2026-03-29T01:00:00Z"));
        Assert.That(await PortAsync(new BranchDateTime(), ("targetLower", "02:30"), ("timezone", "Europe/Berlin")), Is.EqualTo("True"));
    }

    [TestCase(true, "False")]
    [TestCase(false, "True")]
    public async Task The_logical_date_takes_the_place_of_now(bool logical, string port)
    {
        _task.Interval = new DataInterval(Moment("2026-04-30T00:00:00Z"), Moment("2026-05-01T00:00:00Z"));
        Assert.That(await PortAsync(new BranchDateTime(), ("targetLower", "08:00"), ("useTaskLogicalDate", logical ? "true" : "false")), Is.EqualTo(port));
    }

    [Test]
    public async Task Without_a_logical_date_it_is_the_moment_from_which_the_run_might_start() => Assert.That(
        await PortAsync(new BranchDateTime(), ("targetLower", "2026-05-01T00:00:01"), ("useTaskLogicalDate", "true")), Is.EqualTo("False"));

    [TestCase("Friday", "True")]
    [TestCase("friday", "True")]
    [TestCase("Saturday", "False")]
    [TestCase("[\"Saturday\", \"FRIDAY\"]", "True")]
    public async Task It_is_true_on_these_days_of_the_week(string days, string port) => Assert.That(await PortAsync(new BranchDayOfWeek(), ("weekDay", days)), Is.EqualTo(port));

    [Test]
    public async Task A_day_is_one_of_the_logical_date_and_the_time_zone()
    {
        _task.Interval = new DataInterval(Moment("2026-04-30T20:00:00Z"), Moment("2026-05-01T20:00:00Z"));
        Assert.That(await PortAsync(new BranchDayOfWeek(), ("weekDay", "Thursday"), ("useTaskLogicalDate", "true")), Is.EqualTo("True"));
        Assert.That(await PortAsync(new BranchDayOfWeek(), ("weekDay", "Thursday"), ("useTaskLogicalDate", "true"), ("timezone", "Asia/Tokyo")), Is.EqualTo("False"));
    }

    [TestCase("Friday", new[] { "a", "group" }, "[\"a\",\"group\"]")]
    [TestCase("Monday", new[] { "b" }, "[\"b\"]")]
    public async Task Tasks_may_be_named_instead_of_ports(string day, string[] followed, string returned)
    {
        var outcome = await RunAsync(new BranchDayOfWeek(), ("weekDay", day), ("followTaskIdsIfTrue", "[\"a\", \"group\"]"), ("followTaskIdsIfFalse", "b"));
        Assert.That(((Downstream.FollowTasks)outcome.Downstream!).TaskIds, Is.EqualTo(followed));
        Assert.That(outcome.ReturnValue!.ToJsonString(), Is.EqualTo(returned));
    }

    [TestCase("BranchDateTime", "", "Neither input 'targetLower' nor 'targetUpper' is set.")]
    [TestCase("BranchDateTime", "targetLower=8 o'clock", "Input 'targetLower' is '8 o'clock' but must be a time of the day such as 08:00")]
    [TestCase("BranchDateTime", "targetLower=08:00;timezone=Mars", "Input 'timezone' is 'Mars', which is no time zone.")]
    [TestCase("BranchDayOfWeek", "weekDay=Caturday", "Input 'weekDay' names 'Caturday', which is no day of the week.")]
    [TestCase("BranchDayOfWeek", "weekDay=[]", "Input 'weekDay' names no day.")]
    [TestCase("BranchDayOfWeek", "weekDay=Friday;followTaskIdsIfTrue=a", "Input 'followTaskIdsIfTrue' is set but not 'followTaskIdsIfFalse'. Set both")]
    public async Task What_is_not_clear_fails_for_good(string type, string inputs, string words)
    {
        var activity = BuiltInActivities.All.Single(activity => activity.Descriptor.TypeName == type);
        var given = inputs.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('=')).Select(pair => (pair[0], (string?)pair[1])).ToArray();
        var failure = (await Assert.ThrowsAsync<TaskFailure>(() => RunAsync(activity, given)))!;
        Assert.That((failure.Message.StartsWith(words, StringComparison.Ordinal), failure.Retryable), Is.EqualTo((true, false)), failure.Message);
    }

    private async Task<string> PortAsync(IActivity branch, params (string Name, string? Value)[] inputs) => ((Downstream.FollowPorts)(await RunAsync(branch, inputs)).Downstream!).Ports.Single();

    private async Task<Outcome.Succeeded> RunAsync(IActivity branch, params (string Name, string? Value)[] inputs) =>
        (Outcome.Succeeded)await _task.RunAsync(branch, inputs.ToDictionary(input => input.Name, input => input.Value));

    private static DateTimeOffset Moment(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
