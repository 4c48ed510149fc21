namespace Pipelines.Model.Runs.Readiness;

/// <summary>all_success: runs when every upstream task succeeded; gives up as soon as one failed or was skipped, without waiting for the others.</summary>
public static class AllSuccessRule
{
    private const int NamedAtMost = 3;

    /// <summary>Judges by the states of the tasks directly before.</summary>
    public static ReadinessAnswer Judge(IReadOnlyList<UpstreamState> upstream)
    {
        UpstreamState? failed = null, skipped = null;
        List<UpstreamState> open = [];
        foreach (var task in upstream)
        {
            switch (task.State)
            {
                case TaskState.Success: break;
                case TaskState.Failed or TaskState.UpstreamFailed: failed ??= task; break;
                case TaskState.Skipped: skipped ??= task; break;
                default: open.Add(task); break;
            }
        }

        return (failed ?? skipped) switch
        {
            { } ended when failed is not null => new(ReadinessVerdict.UpstreamFailed, $"{Describe(ended)}; all_success needs every upstream task to succeed"),
            { } ended => new(ReadinessVerdict.Skipped, $"{Describe(ended)}; all_success skips with it"),
            null when open.Count > 0 => new(ReadinessVerdict.Waiting, $"waits for {Names(open)}"),
            null => new(ReadinessVerdict.Passed, "every upstream task succeeded"),
        };
    }

    private static string Names(List<UpstreamState> open)
    {
        var named = string.Join(", ", open.Take(NamedAtMost).Select(Describe));
        return open.Count > NamedAtMost ? $"{named} and {open.Count - NamedAtMost} more" : named;
    }

    private static string Describe(UpstreamState task) =>
        $"{task.TaskId} ({(task.State == TaskState.None ? "not started" : StateNames.ToName(task.State))})";
}
