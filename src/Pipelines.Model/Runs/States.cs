namespace Pipelines.Model.Runs;

/// <summary>Task instance states (airflow-semantics.md §4). Stored and shown in Airflow's spelling, see <see cref="StateNames"/>.</summary>
public enum TaskState
{
    /// <summary>No status: dependencies not met yet.</summary>
    None,

    /// <summary>Dependencies met; waits for a slot.</summary>
    Scheduled,

    /// <summary>Handed to Hangfire; waits for a worker.</summary>
    Queued,

    /// <summary>A worker holds it.</summary>
    Running,

    /// <summary>An attempt failed; another follows.</summary>
    UpForRetry,

    /// <summary>A sensor between two pokes (airflow-semantics.md §13): the attempt goes on later, and holds no slot meanwhile.</summary>
    UpForReschedule,

    /// <summary>Waits for a trigger without a worker (airflow-semantics.md §14): the attempt goes on when it has fired.</summary>
    Deferred,

    /// <summary>Cleared while running; becomes <see cref="UpForRetry"/> when the attempt has ended.</summary>
    Restarting,

    /// <summary>Finished: done.</summary>
    Success,

    /// <summary>Finished: no attempt left.</summary>
    Failed,

    /// <summary>Finished: decided not to run.</summary>
    Skipped,

    /// <summary>Finished: an upstream task failed.</summary>
    UpstreamFailed,

    /// <summary>Finished: the task is no longer in the DAG.</summary>
    Removed,
}

/// <summary>DagRun states (airflow-semantics.md §3).</summary>
public enum DagRunState
{
    /// <summary>Waits for its start time or for max_active_runs.</summary>
    Queued,

    /// <summary>Its tasks are being planned.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Success,

    /// <summary>Ended with a failed leaf.</summary>
    Failed,
}

/// <summary>Why a run exists (airflow-semantics.md §3).</summary>
public enum DagRunType
{
    /// <summary>By the timetable.</summary>
    Scheduled,

    /// <summary>By a person or the API.</summary>
    Manual,

    /// <summary>By a backfill.</summary>
    Backfill,

    /// <summary>By updates of assets that its DAG waits for.</summary>
    AssetTriggered,

    /// <summary>By a person who asked for an asset to be made anew.</summary>
    AssetMaterialization,
}

/// <summary>Who made a run (airflow-semantics.md §3).</summary>
public enum RunTriggeredBy
{
    /// <summary>The command line.</summary>
    Cli,

    /// <summary>A task of another run, or of the same DAG's.</summary>
    Operator,

    /// <summary>The REST API.</summary>
    RestApi,

    /// <summary>The web UI or the designer.</summary>
    Ui,

    /// <summary><c>dags test</c>.</summary>
    Test,

    /// <summary>The scheduler.</summary>
    Timetable,

    /// <summary>A backfill.</summary>
    Backfill,

    /// <summary>Updates of assets.</summary>
    Asset,
}

/// <summary>Airflow's spelling of the enums of this folder, both ways: <c>UpForRetry</c> ⇄ <c>up_for_retry</c>.</summary>
public static class StateNames
{
    /// <summary>The snake_case name.</summary>
    public static string ToName<T>(T value)
        where T : struct, Enum => Names<T>.ByValue[value];

    /// <summary>The value of a snake_case name.</summary>
    /// <exception cref="ArgumentException">Unknown name; the message lists the known ones.</exception>
    public static T Parse<T>(string name)
        where T : struct, Enum => Names<T>.ByName.TryGetValue(name, out var value) ? value
        : throw new ArgumentException($"'{name}' is not one of {string.Join(", ", Names<T>.ByName.Keys)}.", nameof(name));

    /// <summary>As <see cref="Parse"/>, for what people write; false: there is no such name.</summary>
    public static bool TryParse<T>(string name, out T value)
        where T : struct, Enum => Names<T>.ByName.TryGetValue(name, out value);

    /// <summary>All names, for messages.</summary>
    public static string Known<T>()
        where T : struct, Enum => string.Join(", ", Names<T>.ByName.Keys);

    /// <summary>True for states that no longer change by themselves.</summary>
    public static bool IsFinished(this TaskState state) =>
        state is TaskState.Success or TaskState.Failed or TaskState.Skipped or TaskState.UpstreamFailed or TaskState.Removed;

    /// <summary>True for ended runs.</summary>
    public static bool IsFinished(this DagRunState state) => state is DagRunState.Success or DagRunState.Failed;

    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly IReadOnlyDictionary<T, string> ByValue =
            Enum.GetValues<T>().ToDictionary(value => value, value => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()));

        public static readonly IReadOnlyDictionary<string, T> ByName =
            ByValue.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);
    }
}
