using System.Text.Json.Nodes;
using Pipelines.Model.Runs;

namespace Pipelines.Model.Activities;

/// <summary>Reads the runs of any DAG, and makes some.</summary>
public interface IOtherRuns
{
    /// <summary>Whether a DAG of this id has ever been read.</summary>
    Task<bool> HasDagAsync(string dagId, CancellationToken cancellation);

    /// <summary>Whether a DAG is paused, so that what waits in its runs goes on only when somebody unpauses it; false when there is no such DAG.</summary>
    Task<bool> IsPausedAsync(string dagId, CancellationToken cancellation);

    /// <summary>The run of a logical date with the states of some of its tasks; null: none.</summary>
    /// <param name="dagId">Of which DAG.</param>
    /// <param name="logicalDate">Its logical date.</param>
    /// <param name="taskIds">Which tasks.</param>
    /// <param name="cancellation">Stops it.</param>
    Task<OtherRun?> FindAsync(string dagId, DateTimeOffset logicalDate, IReadOnlyCollection<string> taskIds, CancellationToken cancellation);

    /// <summary>As <see cref="FindAsync"/>, with the states of the tasks of a task group of the version that the run uses; it has no such group: no tasks.</summary>
    Task<OtherRun?> FindGroupAsync(string dagId, DateTimeOffset logicalDate, string groupId, CancellationToken cancellation);

    /// <summary>The state of a run; null: there is none.</summary>
    Task<DagRunState?> StateAsync(string dagId, string runId, CancellationToken cancellation);

    /// <summary>
    /// Makes a run in the name of this task, unless there is one of its run id or logical date. What was made is pushed as XCom
    /// <see cref="RunRequest.RunIdKey"/> with it, so that an attempt which no longer holds its task instance makes none.
    /// </summary>
    /// <exception cref="TaskFailure">No such DAG, or the run is refused, e.g. for its conf.</exception>
    Task<RequestedRun> TriggerAsync(RunRequest request, CancellationToken cancellation);
}

/// <summary>A run that a task wants (airflow-semantics.md §6).</summary>
/// <param name="DagId">Of which DAG.</param>
/// <param name="RunId">Its name; may be the task's own choice.</param>
public sealed record RunRequest(string DagId, string RunId)
{
    /// <summary>The XCom key of the DAG, under which pages find the run.</summary>
    public const string DagIdKey = "trigger_dag_id";

    /// <summary>The XCom key of the run.</summary>
    public const string RunIdKey = "trigger_run_id";

    /// <summary>Null: a run without one.</summary>
    public DateTimeOffset? LogicalDate { get; init; }

    /// <summary>Over the DAG's params.</summary>
    public JsonObject Conf { get; init; } = [];

    /// <summary>A run that is there is cleared, so that it runs again; its conf stays.</summary>
    public bool ResetsExisting { get; init; }

    /// <summary>A paused DAG gets none.</summary>
    public bool FailsWhenPaused { get; init; }
}

/// <summary>What came of a request.</summary>
/// <param name="RunId">The run that was made, or that is there.</param>
/// <param name="End">Which of them.</param>
public sealed record RequestedRun(string RunId, RunRequestEnd End);

/// <summary>What came of a request.</summary>
public enum RunRequestEnd
{
    /// <summary>The run was made.</summary>
    Made,

    /// <summary>There was one, and it was cleared.</summary>
    Cleared,

    /// <summary>There is one, and nothing was done.</summary>
    AlreadyExists,
}

/// <summary>A run as others see it.</summary>
/// <param name="RunId">Its name.</param>
/// <param name="State">Its state.</param>
/// <param name="Tasks">States of the tasks that were asked for; those that it does not have are absent.</param>
public sealed record OtherRun(string RunId, DagRunState State, IReadOnlyDictionary<string, TaskState> Tasks);
