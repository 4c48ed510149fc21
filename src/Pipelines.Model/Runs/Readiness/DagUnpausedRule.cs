namespace Pipelines.Model.Runs.Readiness;

/// <summary>Nothing new starts in a paused DAG; what runs goes on.</summary>
public static class DagUnpausedRule
{
    /// <summary>Judges by the switch.</summary>
    public static ReadinessAnswer Judge(bool paused) => paused
        ? new(ReadinessVerdict.Waiting, "the DAG is paused: unpause it to let its runs go on")
        : new(ReadinessVerdict.Passed, "the DAG is not paused");
}
