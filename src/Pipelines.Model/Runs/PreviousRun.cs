using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs;

/// <summary>
/// The run before another, as far as tasks that depend on their past look at it (airflow-semantics.md §5.2). By logical date: of a DAG with
/// catchup the last one before it that nobody made by hand, of others the last one of any type. A run without logical date has none, and
/// neither has the first run of a backfill.
/// </summary>
/// <param name="RunId">Which.</param>
/// <param name="LogicalDate">Its logical date.</param>
/// <param name="State">Its state.</param>
public sealed record PreviousRun(string RunId, DateTimeOffset LogicalDate, DagRunState State)
{
    /// <summary>The states of those of its tasks that <see cref="Dag.TasksLookedAt"/> names; of a mapped task the first that did not end well, if any.</summary>
    public required IReadOnlyDictionary<string, TaskState> States { get; init; }

    /// <summary>Of the tasks that it lacks, those that a run before it has.</summary>
    public IReadOnlySet<string> RanBefore { get; init; } = new HashSet<string>();

    /// <summary>
    /// False: it has another version of the DAG, which may know nothing of tasks that wait for it, so that nobody is told when they end there
    /// and who waits has to look again.
    /// </summary>
    public bool TellsOfItsTasks { get; init; } = true;
}
