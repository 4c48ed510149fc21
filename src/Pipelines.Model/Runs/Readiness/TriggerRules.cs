using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs.Readiness;

/// <summary>The rules that judge a task by the tasks directly before it (airflow-semantics.md §7); a file for those that are alike.</summary>
public static class TriggerRules
{
    /// <summary>Asks the rule a task has chosen.</summary>
    /// <param name="rule">Which rule.</param>
    /// <param name="upstream">The tasks directly before it that the run has; empty: every rule passes.</param>
    public static ReadinessAnswer Judge(TriggerRule rule, IReadOnlyList<UpstreamState> upstream) =>
        upstream.Count == 0 ? Upstream.Passes("it depends on no other task")
        : rule == TriggerRule.Always ? Upstream.Passes("always runs, whatever becomes of its upstream")
        : Judge(rule, new Upstream(upstream));

    /// <summary>True when a success alone, while another upstream task has not ended, never changes what the rule says.</summary>
    public static bool StaysAfterSuccess(TriggerRule rule) =>
        rule is not (TriggerRule.OneSuccess or TriggerRule.OneDone or TriggerRule.AllFailed or TriggerRule.AllSkipped);

    private static ReadinessAnswer Judge(TriggerRule rule, Upstream upstream) => rule switch
    {
        TriggerRule.AllSuccess => AllRules.Success(upstream),
        TriggerRule.AllFailed => AllRules.Failed(upstream),
        TriggerRule.AllSkipped => AllRules.Skipped(upstream),
        TriggerRule.AllDone => DoneRules.All(upstream),
        TriggerRule.AllDoneMinOneSuccess => DoneRules.MinOneSuccess(upstream),
        TriggerRule.AllDoneSetupSuccess => DoneRules.SetupSuccess(upstream),
        TriggerRule.NoneSkipped => DoneRules.NoneSkipped(upstream),
        TriggerRule.OneSuccess => OneRules.Success(upstream),
        TriggerRule.OneFailed => OneRules.Failed(upstream),
        TriggerRule.OneDone => OneRules.Done(upstream),
        TriggerRule.NoneFailed => NoneFailedRules.Any(upstream),
        TriggerRule.NoneFailedMinOneSuccess => NoneFailedRules.MinOneSuccess(upstream),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "A trigger rule without a readiness rule."),
    };
}
