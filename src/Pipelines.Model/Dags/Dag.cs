using System.Text.Json.Nodes;
using Pipelines.Model.Assets;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Params;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;

namespace Pipelines.Model.Dags;

/// <summary>A DAG as the engine runs it: compiled from a DAG file, valid by construction (airflow-semantics.md §1).</summary>
public sealed record Dag
{
    /// <summary>1–250 characters: ASCII letters, digits, '-', '.', '_'.</summary>
    public required string DagId { get; init; }

    /// <summary>The name that people read instead of the id; null: the id.</summary>
    public string? DagDisplayName { get; init; }

    /// <summary>For people.</summary>
    public string? Description { get; init; }

    /// <summary>What people should know of it, as long as it needs; Markdown.</summary>
    public string? DocMd { get; init; }

    /// <summary>Where to find an owner: a web address or <c>mailto:</c> by the owner's name.</summary>
    public IReadOnlyDictionary<string, string> OwnerLinks { get; init; } = new Dictionary<string, string>();

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

    /// <summary>After so many failed runs in a row the scheduler pauses it; 0: never.</summary>
    public int MaxConsecutiveFailedDagRuns { get; init; }

    /// <summary>The first task that fails for good stops the others of its run.</summary>
    public bool FailFast { get; init; }

    /// <summary>Longest time of a run from its start; null: no limit.</summary>
    public TimeSpan? DagRunTimeout { get; init; }

    /// <summary>State of a DAG seen for the first time. Airflow's default is true.</summary>
    public bool IsPausedUponCreation { get; init; } = true;

    /// <summary>What a run may be told; its conf overrides the defaults.</summary>
    public DagParams Params { get; init; } = DagParams.Empty;

    /// <summary>The params that a task sees: its own over the DAG's (airflow-semantics.md §20).</summary>
    public DagParams ParamsOf(DagTask task) => Params.With(task.Params);

    /// <summary>Templates give values of their own type instead of texts (airflow-semantics.md §22).</summary>
    public bool RenderTemplateAsNativeObj { get; init; }

    /// <summary>Whom it tells of how its runs end (airflow-semantics.md §3.1).</summary>
    public CallbackLists Callbacks { get; init; } = CallbackLists.None;

    /// <summary>Names that all its templates know, with their values (airflow-semantics.md §22); functions are macros of template files.</summary>
    public JsonObject UserDefinedMacros { get; init; } = [];

    /// <summary>Folders where template files are looked for after the DAG file's own, relative to that.</summary>
    public IReadOnlyList<string> TemplateSearchPath { get; init; } = [];

    /// <summary>The template files that its tasks use, as they were when the version was made.</summary>
    public Templates.TemplateFiles TemplateFiles { get; init; } = Templates.TemplateFiles.None;

    /// <summary>Labels.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Who answers for it.</summary>
    public string Owner { get; init; } = "airflow";

    /// <summary>In topological order; ties by task id, so that the order is stable.</summary>
    public required IReadOnlyList<DagTask> Tasks
    {
        get;
        init
        {
            field = value;
            // A copy with other tasks must not keep what was found out of these.
            (_tasksById, _tasksLookedAt, _tasksMappedOver, _setups) = (null, null, null, null);
        }
    }

    /// <summary>The task groups that are drawn as such, each after the one that it is in (airflow-semantics.md §10).</summary>
    public IReadOnlyList<TaskGroup> Groups { get; init; } = [];

    /// <summary>Tasks by id.</summary>
    public IReadOnlyDictionary<string, DagTask> TasksById => _tasksById ??= Tasks.ToDictionary(task => task.TaskId, StringComparer.Ordinal);

    private Dictionary<string, DagTask>? _tasksById;

    /// <summary>Tasks whose end in one run others may wait for in the next (airflow-semantics.md §5.2); empty for most DAGs.</summary>
    public IReadOnlySet<string> TasksLookedAt => _tasksLookedAt ??= Tasks.Where(task => task.DependsOnPast)
        .SelectMany(task => task.WaitForDownstream ? task.Downstream.Prepend(task.TaskId) : [task.TaskId]).ToHashSet(StringComparer.Ordinal);

    private HashSet<string>? _tasksLookedAt;

    /// <summary>Tasks whose results others are mapped over (airflow-semantics.md §11); empty for most DAGs.</summary>
    public IReadOnlySet<string> TasksMappedOver => _tasksMappedOver ??= Tasks.SelectMany(task => task.Mapping?.TaskIds ?? []).ToHashSet(StringComparer.Ordinal);

    private HashSet<string>? _tasksMappedOver;

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

    /// <summary>These tasks and all that are anywhere upstream of them.</summary>
    public HashSet<string> WithAncestors(IEnumerable<string> taskIds)
    {
        var found = taskIds.ToHashSet(StringComparer.Ordinal);
        foreach (var task in Tasks.Reverse())
        {
            if (task.Downstream.Any(found.Contains)) found.Add(task.TaskId);
        }

        return found;
    }

    /// <summary>The setups that a task needs, in the order of the DAG; see <see cref="SetupScopes"/>.</summary>
    public IReadOnlyList<string> SetupsOf(string taskId) => (_setups ??= SetupScopes.Of(this)).GetValueOrDefault(taskId) ?? [];

    private IReadOnlyDictionary<string, IReadOnlyList<string>>? _setups;

    /// <summary>The teardowns of a setup: those directly after it.</summary>
    internal IReadOnlyList<string> TeardownsOf(DagTask setup) => [.. setup.Downstream.Where(taskId => TasksById[taskId].IsTeardown)];

    /// <summary>The first logical date of a task: its own or the DAG's, whichever is later; null: none.</summary>
    public DateTimeOffset? StartOf(DagTask task) => task.StartDate > StartDate || StartDate is null ? task.StartDate : StartDate;

    /// <summary>
    /// The tasks that a run of this logical date has (airflow-semantics.md §3): those whose own dates include it, all when it has none. A run of a
    /// backfill has all. The DAG's own dates say which runs the timetable makes, so a run made by hand before or after them has its tasks.
    /// </summary>
    public IReadOnlyList<DagTask> TasksAt(DateTimeOffset? logicalDate) => Tasks.All(task => task.StartDate is null && task.EndDate is null) ? Tasks
        : [.. Tasks.Where(task => !(logicalDate < task.StartDate) && !(logicalDate > task.EndDate))];

    /// <summary>What the timetable puts after the data interval of a run, or after its start when it has none; null: nothing.</summary>
    /// <param name="run">A run of this DAG.</param>
    /// <param name="now">The current instant.</param>
    public DataInterval? IntervalAfter(DagRun run, DateTimeOffset now)
    {
        var interval = run.Interval ?? new DataInterval(run.RunAfter, run.RunAfter);
        return Timetable.NextRun(interval, new TimeRestriction(interval.End, Latest: null, Catchup: true), now)?.Interval;
    }
}
