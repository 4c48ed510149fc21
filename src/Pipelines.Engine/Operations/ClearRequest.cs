using Pipelines.Model.Runs;

namespace Pipelines.Engine.Operations;

/// <summary>What to run again (airflow-semantics.md §19). The flags widen the choice first and narrow it then.</summary>
/// <param name="DagId">The DAG.</param>
/// <param name="RunId">The run.</param>
/// <param name="TaskIds">The tasks, or task groups with all that is in them; empty: all of the run.</param>
public sealed record ClearRequest(string DagId, string RunId, IReadOnlyCollection<string> TaskIds)
{
    /// <summary>Of the tasks only the mapped task instances with these map indexes; empty: all. What is before and after is taken whole, but of what is mapped with them in one task group the same map indexes.</summary>
    public IReadOnlyCollection<int> MapIndexes { get; init; } = [];

    /// <summary>True: also everything before them.</summary>
    public bool Upstream { get; init; }

    /// <summary>True: also everything after them.</summary>
    public bool Downstream { get; init; } = true;

    /// <summary>True: also in the runs of earlier logical dates.</summary>
    public bool Past { get; init; }

    /// <summary>True: also in the runs of later logical dates.</summary>
    public bool Future { get; init; }

    /// <summary>True: of these only what is failed or upstream_failed, and what <see cref="OnlyRunning"/> says.</summary>
    public bool OnlyFailed { get; init; }

    /// <summary>True: of these only what runs, and what <see cref="OnlyFailed"/> says.</summary>
    public bool OnlyRunning { get; init; }

    /// <summary>True: the runs go on with the DAG as it is published now, with its new tasks and without those that it lost; false: each with the version it had.</summary>
    public bool OnLatestVersion { get; init; }
}

/// <summary>A task instance that an operation changes.</summary>
/// <param name="DagId">Its DAG.</param>
/// <param name="RunId">Its run.</param>
/// <param name="TaskId">Its task.</param>
/// <param name="State">Its state before the operation.</param>
/// <param name="MapIndex">-1 when it is not mapped.</param>
public sealed record AffectedTask(string DagId, string RunId, string TaskId, TaskState State, int MapIndex = -1)
{
    /// <summary>What a person should know before it is done; null: nothing.</summary>
    public string? Warning { get; init; }

    /// <summary>Of a task instance of a run.</summary>
    public static AffectedTask Of(DagRun run, TaskInstance instance) => new(run.DagId, run.RunId, instance.TaskId, instance.State, instance.MapIndex);

    /// <summary>What people call it within its run.</summary>
    public string Name => TaskInstance.NameOf(TaskId, MapIndex);
}
