using System.Text.Json.Nodes;
using Pipelines.Model.Assets;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;

namespace Pipelines.Model.Dags;

/// <summary>A DAG as the engine runs it: compiled from a DAG file, valid by construction (airflow-semantics.md §1).</summary>
public sealed record Dag
{
    /// <summary>1–250 characters: ASCII letters, digits, '-', '.', '_'.</summary>
    public required string DagId { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>The schedule as written in the file, e.g. <c>0 0 * * *</c>; null: none.</summary>
    public string? Schedule { get; init; }

    /// <summary>When its runs exist.</summary>
    public required ITimetable Timetable { get; init; }

    /// <summary>The assets whose updates call for runs; null: none do.</summary>
    public AssetCondition? Assets { get; init; }

    /// <summary>First logical date, UTC; null: none.</summary>
    public DateTimeOffset? StartDate { get; init; }

    /// <summary>Last logical date, UTC; null: none.</summary>
    public DateTimeOffset? EndDate { get; init; }

    /// <summary>True: missed intervals are run too. Airflow 3's default is false.</summary>
    public bool Catchup { get; init; }

    /// <summary>Runs (queued and running, without backfills) at a time. Default 16.</summary>
    public int MaxActiveRuns { get; init; } = 16;

    /// <summary>Tasks queued or running at a time in one run. Default 16.</summary>
    public int MaxActiveTasks { get; init; } = 16;

    /// <summary>Longest time of a run from its start; null: no limit.</summary>
    public TimeSpan? DagRunTimeout { get; init; }

    /// <summary>State of a DAG seen for the first time. Airflow's default is true.</summary>
    public bool IsPausedUponCreation { get; init; } = true;

    /// <summary>Defaults of params by name; a run's conf overrides them.</summary>
    public JsonObject Params { get; init; } = [];

    /// <summary>The params of a run: as in Airflow, its conf adds whatever it names.</summary>
    public JsonObject ParamsWith(JsonObject conf)
    {
        var merged = new JsonObject();
        foreach (var (name, value) in Params.Concat(conf)) merged[name] = value?.DeepClone();
        return merged;
    }

    /// <summary>Labels.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Who answers for it.</summary>
    public string Owner { get; init; } = "airflow";

    /// <summary>In topological order; ties by task id, so that the order is stable.</summary>
    public required IReadOnlyList<DagTask> Tasks { get; init; }

    /// <summary>Tasks by id.</summary>
    public IReadOnlyDictionary<string, DagTask> TasksById => _tasksById ??= Tasks.ToDictionary(task => task.TaskId, StringComparer.Ordinal);

    private Dictionary<string, DagTask>? _tasksById;

    /// <summary>These tasks and all that are anywhere downstream of them; tasks come in topological order, so one pass is enough.</summary>
    public HashSet<string> WithDescendants(IEnumerable<string> taskIds)
    {
        var found = taskIds.ToHashSet(StringComparer.Ordinal);
        foreach (var task in Tasks)
        {
            if (task.Upstream.Any(found.Contains)) found.Add(task.TaskId);
        }

        return found;
    }

    /// <summary>What the timetable puts after the data interval of a run, or after its start when it has none; null: nothing.</summary>
    /// <param name="run">A run of this DAG.</param>
    /// <param name="now">The current instant.</param>
    public DataInterval? IntervalAfter(DagRun run, DateTimeOffset now)
    {
        var interval = run.Interval ?? new DataInterval(run.RunAfter, run.RunAfter);
        return Timetable.NextRun(interval, new TimeRestriction(interval.End, Latest: null, Catchup: true), now)?.Interval;
    }
}
