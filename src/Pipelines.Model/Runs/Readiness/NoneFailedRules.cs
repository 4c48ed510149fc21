namespace Pipelines.Model.Runs.Readiness;

/// <summary>Rules that a skipped upstream task does not disturb, but a failed one does, at once.</summary>
internal static class NoneFailedRules
{
    /// <summary>none_failed.</summary>
    public static ReadinessAnswer Any(Upstream upstream) =>
        Failure(upstream, "none_failed") ?? (IsMet(upstream) ? Upstream.Passes("no upstream task failed") : upstream.Waits());

    /// <summary>none_failed_min_one_success.</summary>
    public static ReadinessAnswer MinOneSuccess(Upstream upstream) =>
        Failure(upstream, "none_failed_min_one_success")
        ?? (upstream.Skipped == upstream.Count ? Upstream.Skips("every upstream task was skipped; none_failed_min_one_success needs one to succeed")
            : IsMet(upstream) ? Upstream.Passes($"no upstream task failed and {upstream.First(TaskState.Success)} succeeded")
            : upstream.Waits());

    private static ReadinessAnswer? Failure(Upstream upstream, string rule) =>
        upstream.Failed + upstream.UpstreamFailed > 0 ? upstream.FailsFor($"{rule} allows no upstream task to fail") : null;

    private static bool IsMet(Upstream upstream) => upstream.Success + upstream.Skipped == upstream.Count;
}
