using Microsoft.Extensions.Time.Testing;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Templates;
using Pipelines.Model.Timetables;
using Pipelines.TestKit;
using Pipelines.UnitTests.Runs;

namespace Pipelines.UnitTests.Activities;

/// <summary>What Branch, ShortCircuit and LatestOnly decide; what becomes of it is in <see cref="BranchingTests"/>.</summary>
public sealed class BranchActivityTests
{
    private readonly ActivityEnvironment _task = new();

    [TestCase("True", true)]
    [TestCase("yes", true)]
    [TestCase("1", true)]
    [TestCase("-0.5", true)]
    [TestCase("[0]", true)]
    [TestCase("NaN", true)]
    [TestCase("False", false)]
    [TestCase("false", false)]
    [TestCase(" false\n", false)]
    [TestCase("None", false)]
    [TestCase("null", false)]
    [TestCase("", false)]
    [TestCase("0", false)]
    [TestCase("0.0", false)]
    [TestCase("[]", false)]
    [TestCase("{}", false)]
    [TestCase("()", false)]
    public async Task A_condition_follows_its_port_as_Python_judges_what_it_printed(string condition, bool expected)
    {
        var outcome = (Outcome.Succeeded)await _task.RunAsync(new Branch(), new Dictionary<string, string?> { ["condition"] = condition });
        Assert.That(((Downstream.FollowPorts)outcome.Downstream!).Ports, Is.EqualTo(new[] { expected ? "True" : "False" }));
        Assert.That((bool?)outcome.ReturnValue, Is.EqualTo(expected));
    }

    [TestCase(ExpressionSyntax.Jinja, "{{ [] }}", "False")]
    [TestCase(ExpressionSyntax.Jinja, "{{ 1 > 2 }}", "False")]
    [TestCase(ExpressionSyntax.Jinja, "{{ none }}", "False")]
    [TestCase(ExpressionSyntax.Jinja, "{{ ds == '2026-01-02' }}", "True")]
    [TestCase(ExpressionSyntax.JavaScript, "ds > '2027'", "False")]
    [TestCase(ExpressionSyntax.JavaScript, "undefined", "False")]
    [TestCase(ExpressionSyntax.JavaScript, "ds.startsWith('2026')", "True")]
    public async Task A_condition_is_a_template_or_JavaScript(ExpressionSyntax syntax, string text, string port)
    {
        var outcome = (Outcome.Succeeded)await _task.RunAsync(new Branch(), Rendered("condition", syntax, text));
        Assert.That(((Downstream.FollowPorts)outcome.Downstream!).Ports, Is.EqualTo(new[] { port }));
    }

    [TestCase(ExpressionSyntax.Literal, "load", new[] { "load" }, "\"load\"")]
    [TestCase(ExpressionSyntax.Literal, "[\"a\", \"b\"]", new[] { "a", "b" }, "[\"a\",\"b\"]")]
    [TestCase(ExpressionSyntax.Jinja, "{{ 'load' if 1 > 0 else 'other' }}", new[] { "load" }, "\"load\"")]
    [TestCase(ExpressionSyntax.Jinja, "{{ ['a', 'b'] }}", new[] { "a", "b" }, "[\"a\",\"b\"]")]
    [TestCase(ExpressionSyntax.Jinja, "{{ none }}", new string[0], null)]
    [TestCase(ExpressionSyntax.JavaScript, "['a']", new[] { "a" }, "[\"a\"]")]
    [TestCase(ExpressionSyntax.JavaScript, "null", new string[0], null)]
    public async Task Tasks_are_followed_by_id(ExpressionSyntax syntax, string text, string[] taskIds, string? returned)
    {
        var outcome = (Outcome.Succeeded)await _task.RunAsync(new Branch(), Rendered("followTaskIds", syntax, text));
        Assert.That(((Downstream.FollowTasks)outcome.Downstream!).TaskIds, Is.EqualTo(taskIds));
        Assert.That(outcome.ReturnValue?.ToJsonString(), Is.EqualTo(returned));
    }

    [TestCase(null, null, "has none")]
    [TestCase("True", "a", "has both")]
    [TestCase(null, "[1]", "must be the id of a task")]
    [TestCase(null, "[a]", "must be the id of a task")]
    public async Task A_branch_that_is_not_clear_fails_for_good(string? condition, string? follow, string words)
    {
        var failure = (await Assert.ThrowsAsync<TaskFailure>(() => _task.RunAsync(new Branch(), new Dictionary<string, string?> { ["condition"] = condition, ["followTaskIds"] = follow })))!;
        Assert.That((failure.Message.Contains(words, StringComparison.Ordinal), failure.Retryable), Is.EqualTo((true, false)), failure.Message);
    }

    [TestCase("True", null, "true")]
    [TestCase("a text", null, "\"a text\"")]
    [TestCase("42", null, "42")]
    [TestCase("False", true, "false")]
    [TestCase("0", true, "0")]
    [TestCase("None", true, null)]
    [TestCase("", true, null)]
    public async Task A_short_circuit_returns_its_condition_and_skips_everything_when_it_is_false(string condition, bool? everywhere, string? returned)
    {
        var outcome = (Outcome.Succeeded)await _task.RunAsync(new ShortCircuit(), new Dictionary<string, string?> { ["condition"] = condition });
        Assert.That(outcome.Downstream, Is.EqualTo(everywhere is { } all ? new Downstream.Skip(all) : null));
        Assert.That(outcome.ReturnValue?.ToJsonString(), Is.EqualTo(returned));
    }

    [Test]
    public async Task A_short_circuit_may_heed_the_trigger_rules_downstream()
    {
        var outcome = (Outcome.Succeeded)await _task.RunAsync(new ShortCircuit(), new Dictionary<string, string?> { ["condition"] = "False", ["ignoreDownstreamTriggerRules"] = "false" });
        Assert.That(outcome.Downstream, Is.EqualTo(new Downstream.Skip(Everywhere: false)));
    }

    // A daily run about 1 January; the next is about the 2nd and over at the end of it.
    [TestCase("cron_data_interval", DagRunType.Scheduled, "2026-01-03T00:00:00Z", true)]
    [TestCase("cron_data_interval", DagRunType.Scheduled, "2026-01-03T00:00:01Z", false)]
    [TestCase("cron_data_interval", DagRunType.Backfill, "2026-02-01T00:00:00Z", false)]
    [TestCase("cron_data_interval", DagRunType.Manual, "2026-02-01T00:00:00Z", true)]
    // By its tick alone: the run of 1 January is the latest until the tick of the 2nd.
    [TestCase("cron_trigger", DagRunType.Scheduled, "2026-01-02T00:00:00Z", true)]
    [TestCase("cron_trigger", DagRunType.Scheduled, "2026-01-02T00:00:01Z", false)]
    public async Task Latest_only_goes_on_in_the_latest_run_and_in_one_that_was_triggered_by_hand(string timetable, DagRunType type, string now, bool goesOn)
    {
        var at = DateTimeOffset.Parse("2026-01-01T00:00:00Z", null);
        var interval = new DataInterval(at, timetable == "cron_trigger" ? at : at.AddDays(1));
        var dag = new UnitTests.Dags.DagText().Set("schedule", "0 0 * * *").Set("timetable", timetable).Task("a").Read().Dag!;
        var moment = DateTimeOffset.Parse(now, null);
        _task.Time = new FakeTimeProvider(moment);
        (_task.RunType, _task.NextInterval) = (type, dag.IntervalAfter(Sample.Run() with { LogicalDate = at, Interval = interval }, moment));

        var outcome = (Outcome.Succeeded)await _task.RunAsync(new LatestOnly(), new Dictionary<string, string?>());

        Assert.That((outcome.Downstream as Downstream.FollowTasks)?.TaskIds, goesOn ? Is.Null : Is.Empty);
    }

    [Test]
    public async Task Latest_only_goes_on_when_the_schedule_calls_for_no_other_run()
    {
        _task.NextInterval = Sample.Dag("a").IntervalAfter(Sample.Run(), Sample.Now);
        Assert.That(_task.NextInterval, Is.Null);
        Assert.That(((Outcome.Succeeded)await _task.RunAsync(new LatestOnly(), new Dictionary<string, string?>())).Downstream, Is.Null);
    }

    private static Dictionary<string, string?> Rendered(string input, ExpressionSyntax syntax, string text)
    {
        var descriptor = new Branch().Descriptor;
        var task = Sample.Task("choose") with { ActivityType = descriptor.TypeName, Inputs = new Dictionary<string, InputExpression> { [input] = new(syntax, text) } };
        var run = Sample.Run() with { LogicalDate = DateTimeOffset.Parse("2026-01-02T00:00:00Z", null) };
        var context = new TemplateContext(Sample.Dag("choose"), run, task, 1, TemplateLookups.None);
        return new(InputRenderer.Render(descriptor, context).Values);
    }
}
