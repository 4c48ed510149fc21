using Pipelines.Model.Runs;

namespace Pipelines.Api.Studio.Instances;

/// <summary>Elsa's words for the states of runs and tasks (contract §3.5); Airflow's finer ones travel beside them.</summary>
internal static class InstanceStatus
{
    public static string Of(DagRunState state) => state.IsFinished() ? "Finished" : "Running";

    public static string SubOf(DagRunState state) => state switch
    {
        DagRunState.Queued => "Pending",
        DagRunState.Running => "Executing",
        DagRunState.Success => "Finished",
        _ => "Faulted",
    };

    /// <summary>The run states that these statuses mean; null: any.</summary>
    public static IReadOnlyCollection<DagRunState>? Parse(IReadOnlyCollection<string> statuses, IReadOnlyCollection<string> subStatuses) =>
        statuses.Count + subStatuses.Count == 0 ? null
            : [.. Enum.GetValues<DagRunState>().Where(state => (statuses.Count == 0 || statuses.Contains(Of(state))) && (subStatuses.Count == 0 || subStatuses.Contains(SubOf(state))))];

    public static string Of(TaskState state) => state switch
    {
        TaskState.Running or TaskState.Restarting => "Running",
        TaskState.Success => "Completed",
        TaskState.Failed => "Faulted",
        TaskState.Skipped or TaskState.UpstreamFailed or TaskState.Removed => "Canceled",
        _ => "Pending",
    };
}
