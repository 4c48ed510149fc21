namespace Pipelines.Model.Runs;

/// <summary>
/// Which task instances a task of a run is to have (airflow-semantics.md §11). The instance with map_index -1 becomes the one with 0, or the
/// other way round, so that its job, attempts and logs go on; missing ones are added. Those that are too many become removed by a transition.
/// </summary>
/// <param name="TaskId">The task.</param>
/// <param name="Length">Map indexes from 0 up to below it; 0: only -1.</param>
public sealed record Expansion(string TaskId, int Length);
