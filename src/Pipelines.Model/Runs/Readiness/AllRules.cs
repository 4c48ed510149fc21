namespace Pipelines.Model.Runs.Readiness;

/// <summary>Rules that want one end of every upstream task, and give up as soon as one has another, without waiting for the others.</summary>
internal static class AllRules
{
    /// <summary>all_success.</summary>
    public static ReadinessAnswer Success(Upstream upstream) =>
        upstream.Failed + upstream.UpstreamFailed > 0 ? upstream.FailsFor("all_success needs every upstream task to succeed")
        : upstream.Skipped > 0 ? upstream.SkipsFor("all_success", TaskState.Skipped)
        : upstream.Success == upstream.Count ? Upstream.Passes("every upstream task succeeded")
        : upstream.Waits();

    /// <summary>all_failed.</summary>
    public static ReadinessAnswer Failed(Upstream upstream) =>
        upstream.Success + upstream.Skipped > 0 ? upstream.SkipsFor("all_failed", TaskState.Success, TaskState.Skipped)
        : upstream.Failed + upstream.UpstreamFailed == upstream.Count ? Upstream.Passes("every upstream task failed")
        : upstream.Waits();

    /// <summary>all_skipped.</summary>
    public static ReadinessAnswer Skipped(Upstream upstream) =>
        upstream.Success + upstream.Failed + upstream.UpstreamFailed > 0 ? upstream.SkipsFor("all_skipped", TaskState.Success, TaskState.Failed, TaskState.UpstreamFailed)
        : upstream.Skipped == upstream.Count ? Upstream.Passes("every upstream task was skipped")
        : upstream.Waits();
}
