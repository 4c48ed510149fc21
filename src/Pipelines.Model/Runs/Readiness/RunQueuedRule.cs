namespace Pipelines.Model.Runs.Readiness;

/// <summary>No task of a queued run starts.</summary>
public static class RunQueuedRule
{
    /// <summary>Why the tasks of a queued run wait.</summary>
    public static IReadOnlyList<string> Reasons(RunSnapshot run)
    {
        const string Waits = "waits for its run, which is queued";
        // The scheduler looks at no run of a paused DAG: what it has found to hold this one is of before.
        var paused = ReadinessAnswer.Waits(DagUnpausedRule.Judge(run.DagPaused)).ToList();
        return paused.Count > 0 ? [Waits, .. paused] : [run.Run.Reason is { } why ? $"{Waits}: {why}" : Waits];
    }
}
