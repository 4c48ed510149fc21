using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.UnitTests.Runs;

/// <summary>airflow-semantics.md §7.</summary>
public sealed class TriggerRulesTests
{
    private static readonly TaskState[] States = Enum.GetValues<TaskState>();

    [Test]
    public void Every_rule_agrees_with_the_table_on_every_combination_of_up_to_four_upstreams([Values] TriggerRule rule)
    {
        var wrong = Combinations(4).Where(states => Verdict(rule, states) != RuleTable.Of(rule, states))
            .Select(states => $"{string.Join(", ", states)}: {Verdict(rule, states)}, not {RuleTable.Of(rule, states)}");

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void The_rule_of_teardowns_agrees_with_the_table_whichever_of_up_to_four_upstreams_are_setups()
    {
        var wrong = from states in Combinations(4)
                    from setups in Enumerable.Range(0, 1 << states.Length)
                    let upstream = states.Select((state, index) => new UpstreamState($"t{index}", state, (setups >> index & 1) == 1)).ToArray()
                    let expected = RuleTable.Of(TriggerRule.AllDoneSetupSuccess, states, [.. upstream.Where(task => task.IsSetup).Select(task => task.State)])
                    let verdict = TriggerRules.Judge(TriggerRule.AllDoneSetupSuccess, upstream).Verdict
                    where verdict != expected
                    select $"{string.Join(", ", upstream)}: {verdict}, not {expected}";

        Assert.That(wrong, Is.Empty);
    }

    [TestCase("Success s:Failed", "no setup before it succeeded; all_done_setup_success needs one")]
    [TestCase("Success s:Skipped", "every setup before it was skipped; all_done_setup_success skips with them")]
    [TestCase("Failed s:Success", "every upstream task has ended, and the setup b (success)")]
    [TestCase("Failed s:Running", "waits for b")]
    [TestCase("Failed Failed", "every upstream task has ended")]
    public void The_reason_of_a_teardown_names_the_setups_that_decided(string states, string reason) => Assert.That(
        TriggerRules.Judge(TriggerRule.AllDoneSetupSuccess, [.. states.Split(' ').Select((state, index) =>
            new UpstreamState(((char)('a' + index)).ToString(), Enum.Parse<TaskState>(state.Split(':')[^1]), state.StartsWith("s:", StringComparison.Ordinal)))]).Reason,
        Is.EqualTo(reason));

    [Test]
    public void What_is_said_to_stay_after_a_success_stays([Values] TriggerRule rule)
    {
        // In a run that was planned before, so where the rule was waiting.
        var moved = Combinations(3).Where(states => states.Any(state => !state.IsFinished()) && Verdict(rule, [.. states, TaskState.Running]) == ReadinessVerdict.Waiting)
            .Any(states => Verdict(rule, [.. states, TaskState.Success]) != ReadinessVerdict.Waiting);

        Assert.That(moved, Is.EqualTo(!TriggerRules.StaysAfterSuccess(rule)));
    }

    [TestCase(TriggerRule.AllSuccess, "Success Failed", "b (failed); all_success needs every upstream task to succeed")]
    [TestCase(TriggerRule.AllSuccess, "Skipped Running", "a (skipped); all_success skips with it")]
    [TestCase(TriggerRule.AllFailed, "Failed Success", "b (success); all_failed skips with it")]
    [TestCase(TriggerRule.AllDone, "Failed Running", "waits for b")]
    [TestCase(TriggerRule.AllDone, "Removed Running", "waits for b")]
    [TestCase(TriggerRule.AllSuccess, "Removed Success", "waits for a (removed)")]
    [TestCase(TriggerRule.OneSuccess, "Running Success", "b (success) is enough for one_success")]
    [TestCase(TriggerRule.OneSuccess, "Failed Skipped", "no upstream task succeeded; one_success needs one")]
    [TestCase(TriggerRule.OneFailed, "Success Skipped", "no upstream task failed; one_failed runs only when one does")]
    [TestCase(TriggerRule.OneDone, "Skipped UpstreamFailed", "no upstream task ran; one_done runs only after one that did")]
    [TestCase(TriggerRule.NoneFailedMinOneSuccess, "Skipped Skipped", "every upstream task was skipped; none_failed_min_one_success needs one to succeed")]
    [TestCase(TriggerRule.NoneFailed, "Skipped UpstreamFailed", "b (upstream_failed); none_failed allows no upstream task to fail")]
    [TestCase(TriggerRule.Always, "None Failed", "always runs, whatever becomes of its upstream")]
    public void The_reason_names_what_decided(TriggerRule rule, string states, string reason) => Assert.That(
        TriggerRules.Judge(rule, [.. states.Split(' ').Select((state, index) => new UpstreamState(((char)('a' + index)).ToString(), Enum.Parse<TaskState>(state)))]).Reason,
        Is.EqualTo(reason));

    [Test]
    public void A_task_without_upstream_runs_under_every_rule([Values] TriggerRule rule) => Assert.That(Verdict(rule, []), Is.EqualTo(ReadinessVerdict.Passed));

    [Test]
    public void The_designer_offers_every_rule_by_Airflows_name() => Assert.That(
        Pipelines.Model.Activities.TaskInputs.All.Single(input => input.Name == "triggerRule").Options,
        Is.EqualTo(new[]
        {
            "all_success", "all_failed", "all_done", "all_done_min_one_success", "all_done_setup_success", "all_skipped", "one_success", "one_failed", "one_done",
            "none_failed", "none_failed_min_one_success", "none_skipped", "always",
        }));

    private static ReadinessVerdict Verdict(TriggerRule rule, TaskState[] states) =>
        TriggerRules.Judge(rule, [.. states.Select((state, index) => new UpstreamState($"t{index}", state))]).Verdict;

    private static IEnumerable<TaskState[]> Combinations(int most)
    {
        IEnumerable<TaskState[]> longest = [[]];
        for (var length = 1; length <= most; length++)
        {
            longest = [.. longest.SelectMany(_ => States, (states, state) => (TaskState[])[.. states, state])];
            foreach (var states in longest) yield return states;
        }
    }
}
