namespace Pipelines.Model.Runs.Readiness;

/// <summary>
/// The setups that a task needs without being directly after them must all have succeeded, whatever its trigger rule says of those that it
/// is directly after (airflow-semantics.md §7, setup constraint). A setup that did not decides at once, without waiting for the others.
/// </summary>
public static class SetupRule
{
    /// <summary>What the setups and the trigger rule say together.</summary>
    /// <param name="setups">The setups that are not directly before the task; none: the trigger rule alone decides.</param>
    /// <param name="byTriggerRule">The trigger rule's answer.</param>
    public static ReadinessAnswer Join(IReadOnlyList<UpstreamState> setups, ReadinessAnswer byTriggerRule)
    {
        if (setups.Count == 0) return byTriggerRule;
        var bySetups = Judge(new Upstream(setups));
        return bySetups.Verdict is ReadinessVerdict.UpstreamFailed or ReadinessVerdict.Skipped ? bySetups
            : byTriggerRule.Verdict == ReadinessVerdict.Passed && bySetups.Verdict == ReadinessVerdict.Waiting ? bySetups
            : byTriggerRule;
    }

    private static ReadinessAnswer Judge(Upstream setups) =>
        setups.Failed + setups.UpstreamFailed > 0 ? setups.FailsFor("every setup that a task needs must succeed")
        : setups.Skipped > 0 ? setups.SkipsFor("what needs this setup", TaskState.Skipped)
        : setups.Success == setups.Count ? Upstream.Passes("every setup that it needs succeeded")
        : setups.Waits();
}
