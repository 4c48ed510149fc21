using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Model.Runs.Readiness;

namespace Pipelines.UnitTests.Runs;

/// <summary>airflow-semantics.md §7 copied cell by cell, in its own counts and order: what the product's rules are compared with.</summary>
internal static class RuleTable
{
    public static ReadinessVerdict Of(TriggerRule rule, TaskState[] states) => Of(rule, states, []);

    /// <param name="setups">The states of the setups among them.</param>
    public static ReadinessVerdict Of(TriggerRule rule, TaskState[] states, TaskState[] setups)
    {
        if (states.Length == 0) return ReadinessVerdict.Passed;
        var (setupSuccess, setupSkipped) = (setups.Count(one => one == TaskState.Success), setups.Count(one => one == TaskState.Skipped));
        int Count(TaskState state) => states.Count(one => one == state);
        var (upstream, success, skipped, failed, upstreamFailed) =
            (states.Length, Count(TaskState.Success), Count(TaskState.Skipped), Count(TaskState.Failed), Count(TaskState.UpstreamFailed));
        var done = success + skipped + failed + upstreamFailed + Count(TaskState.Removed);
        var allDone = done >= upstream;

        var eager = rule switch
        {
            TriggerRule.AllSuccess => failed + upstreamFailed > 0 ? Failed : skipped > 0 ? Skipped : Nothing,
            TriggerRule.AllFailed => success + skipped > 0 ? Skipped : Nothing,
            TriggerRule.AllDoneMinOneSuccess => skipped > 0 ? Skipped : allDone && success == 0 ? Failed : Nothing,
            TriggerRule.AllDoneSetupSuccess => !allDone || setups.Length == 0 ? Nothing : setupSkipped == setups.Length ? Skipped : setupSuccess == 0 ? Failed : Nothing,
            TriggerRule.OneSuccess => allDone && skipped == upstream ? Skipped : allDone && success == 0 ? Failed : Nothing,
            TriggerRule.OneFailed => allDone && failed + upstreamFailed == 0 ? Skipped : Nothing,
            TriggerRule.OneDone => allDone && success + failed == 0 ? Skipped : Nothing,
            TriggerRule.NoneFailed => failed + upstreamFailed > 0 ? Failed : Nothing,
            TriggerRule.NoneFailedMinOneSuccess => failed + upstreamFailed > 0 ? Failed : skipped == upstream ? Skipped : Nothing,
            TriggerRule.NoneSkipped => skipped > 0 ? Skipped : Nothing,
            TriggerRule.AllSkipped => success + failed + upstreamFailed > 0 ? Skipped : Nothing,
            _ => Nothing,
        };
        var runs = rule switch
        {
            TriggerRule.AllSuccess => upstream - success <= 0,
            TriggerRule.AllFailed => upstream - failed - upstreamFailed <= 0,
            TriggerRule.AllDone => done >= upstream,
            TriggerRule.AllDoneMinOneSuccess => skipped == 0 && allDone && success >= 1,
            TriggerRule.AllDoneSetupSuccess => allDone && (setups.Length == 0 || setupSuccess >= 1),
            TriggerRule.OneSuccess => success >= 1,
            TriggerRule.OneFailed => failed + upstreamFailed >= 1,
            TriggerRule.OneDone => success + failed >= 1,
            TriggerRule.NoneFailed or TriggerRule.NoneFailedMinOneSuccess => upstream - success - skipped <= 0,
            TriggerRule.NoneSkipped => allDone && skipped == 0,
            TriggerRule.AllSkipped => upstream - skipped <= 0,
            TriggerRule.Always => true,
            _ => throw new ArgumentOutOfRangeException(nameof(rule)),
        };
        return eager ?? (runs ? ReadinessVerdict.Passed : ReadinessVerdict.Waiting);
    }

    private static ReadinessVerdict? Failed => ReadinessVerdict.UpstreamFailed;

    private static ReadinessVerdict? Skipped => ReadinessVerdict.Skipped;

    private static ReadinessVerdict? Nothing => null;
}
