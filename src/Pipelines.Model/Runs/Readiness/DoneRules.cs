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

    /// <summary>none_skipped.</summary>
    public static ReadinessAnswer NoneSkipped(Upstream upstream) =>
        upstream.Skipped > 0 ? upstream.SkipsFor("none_skipped", TaskState.Skipped)
        : upstream.AllDone ? Upstream.Passes("every upstream task has ended and none was skipped")
        : upstream.Waits();
}
