using Pipelines.Model.Runs;

namespace Pipelines.Model.Activities;

/// <summary>Reads the runs of any DAG.</summary>
public interface IOtherRuns
{
    /// <summary>Whether a DAG of this id has ever been read.</summary>
    Task<bool> HasDagAsync(string dagId, CancellationToken cancellation);

    /// <summary>The run of a logical date with the states of some of its tasks; null: none.</summary>
    /// <param name="dagId">Of which DAG.</param>
    /// <param name="logicalDate">Its logical date.</param>
    /// <param name="taskIds">Which tasks.</param>
    /// <param name="cancellation">Stops it.</param>
    Task<OtherRun?> FindAsync(string dagId, DateTimeOffset logicalDate, IReadOnlyCollection<string> taskIds, CancellationToken cancellation);
}

/// <summary>A run as others see it.</summary>
/// <param name="RunId">Its name.</param>
/// <param name="State">Its state.</param>
/// <param name="Tasks">States of the tasks that were asked for; those that it does not have are absent.</param>
public sealed record OtherRun(string RunId, DagRunState State, IReadOnlyDictionary<string, TaskState> Tasks);
