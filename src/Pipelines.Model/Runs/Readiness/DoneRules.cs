namespace Pipelines.Model.Runs.Readiness;

/// <summary>Rules that wait until every upstream task has ended.</summary>
internal static class DoneRules
{
    /// <summary>all_done.</summary>
    public static ReadinessAnswer All(Upstream upstream) => upstream.AllDone ? Upstream.Passes("every upstream task has ended") : upstream.Waits();

    /// <summary>all_done_min_one_success.</summary>
    public static ReadinessAnswer MinOneSuccess(Upstream upstream) =>
        upstream.Skipped > 0 ? upstream.SkipsFor("all_done_min_one_success", TaskState.Skipped)
        : !upstream.AllDone ? upstream.Waits()
        : upstream.Success > 0 ? Upstream.Passes($"every upstream task has ended and {upstream.First(TaskState.Success)} succeeded")
        : Upstream.Fails("no upstream task succeeded; all_done_min_one_success needs one");

    /// <summary>all_done_setup_success: of what was never prepared there is nothing to take away. Without setups as all_done.</summary>
    public static ReadinessAnswer SetupSuccess(Upstream upstream)
    {
        if (!upstream.AllDone || upstream.Setups is not { Count: > 0 } setups) return All(upstream);
        return setups.Skipped == setups.Count ? Upstream.Skips("every setup before it was skipped; all_done_setup_success skips with them")
            : setups.Success == 0 ? Upstream.Fails("no setup before it succeeded; all_done_setup_success needs one")
            : Upstream.Passes($"every upstream task has ended, and the setup {setups.First(TaskState.Success)}");
    }

    /// <summary>none_skipped.</summary>
    public static ReadinessAnswer NoneSkipped(Upstream upstream) =>
        upstream.Skipped > 0 ? upstream.SkipsFor("none_skipped", TaskState.Skipped)
        : upstream.AllDone ? Upstream.Passes("every upstream task has ended and none was skipped")
        : upstream.Waits();
}
