using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs.Readiness;

/// <summary>The rules that judge a task by the tasks directly before it (airflow-semantics.md §7); one file each.</summary>
public static class TriggerRules
{
    /// <summary>Asks the rule a task has chosen.</summary>
    /// <param name="rule">Which rule.</param>
    /// <param name="upstream">The tasks directly before it that the run has; empty: every rule passes.</param>
    public static ReadinessAnswer Judge(TriggerRule rule, IReadOnlyList<UpstreamState> upstream) => rule switch
    {
        _ when upstream.Count == 0 => new(ReadinessVerdict.Passed, "it depends on no other task"),
        TriggerRule.AllSuccess => AllSuccessRule.Judge(upstream),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule, "A trigger rule without a readiness rule."),
    };
}
