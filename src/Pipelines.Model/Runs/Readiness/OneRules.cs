namespace Pipelines.Model.Runs.Readiness;

/// <summary>Rules that are content with one upstream task, and do not wait for the others once they have it.</summary>
internal static class OneRules
{
    /// <summary>one_success.</summary>
    public static ReadinessAnswer Success(Upstream upstream) =>
        upstream.Success > 0 ? Upstream.Passes($"{upstream.First(TaskState.Success)} is enough for one_success")
        : !upstream.AllDone ? upstream.Waits()
        : upstream.Skipped == upstream.Count ? Upstream.Skips("every upstream task was skipped; one_success skips with them")
        : Upstream.Fails("no upstream task succeeded; one_success needs one");

    /// <summary>one_failed.</summary>
    public static ReadinessAnswer Failed(Upstream upstream) =>
        upstream.Failed + upstream.UpstreamFailed > 0 ? Upstream.Passes($"{upstream.First(TaskState.Failed, TaskState.UpstreamFailed)} is enough for one_failed")
        : upstream.AllDone ? Upstream.Skips("no upstream task failed; one_failed runs only when one does")
        : upstream.Waits();

    /// <summary>one_done: tasks that were skipped, or failed by their upstream, have done nothing.</summary>
    public static ReadinessAnswer Done(Upstream upstream) =>
        upstream.Success + upstream.Failed > 0 ? Upstream.Passes($"{upstream.First(TaskState.Success, TaskState.Failed)} is enough for one_done")
        : upstream.AllDone ? Upstream.Skips("no upstream task ran; one_done runs only after one that did")
        : upstream.Waits();
}
