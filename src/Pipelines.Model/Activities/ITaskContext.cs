using System.Text.Json.Nodes;
using Pipelines.Model.Assets;
using Pipelines.Model.Connections;
using Pipelines.Model.Mapping;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;

namespace Pipelines.Model.Activities;

/// <summary>All that an activity may know of and do to the world of the engine during one attempt.</summary>
public interface ITaskContext
{
    /// <summary>Which task of which run this is.</summary>
    TaskInstanceKey Key { get; }

    /// <summary>1 for the first attempt; grows over retries and clears.</summary>
    int TryNumber { get; }

    /// <summary>
    /// The fencing token: grows with every claim of any attempt. A target that has seen a higher token must refuse this attempt
    /// (see design.md, "Fencing reaches into the target").
    /// </summary>
    long Token { get; }

    /// <summary>The run's logical date in UTC; null for a run without one.</summary>
    DateTimeOffset? LogicalDate { get; }

    /// <summary>The run's data interval; null for a run without a logical date. May have zero length (Airflow 3's cron default).</summary>
    DataInterval? Interval { get; }

    /// <summary>When this attempt began, before it may have been rescheduled.</summary>
    DateTimeOffset StartDate { get; }

    /// <summary>
    /// Start of the first attempt that was rescheduled since the task instance was made or cleared, also when that was an earlier try; null: none
    /// was. A sensor's timeout counts from it (airflow-semantics.md §13).
    /// </summary>
    DateTimeOffset? FirstReschedule { get; }

    /// <summary>How the wait of a deferred attempt ended that goes on now; null: it was not deferred.</summary>
    Resumption? Resumption { get; }

    /// <summary>The clock; activities never read another.</summary>
    TimeProvider Time { get; }

    /// <summary>The inputs of this attempt, rendered and with defaults applied.</summary>
    RenderedInputs Inputs { get; }

    /// <summary>Values passed between tasks of a run.</summary>
    IXCom XCom { get; }

    /// <summary>The tasks of this run and where they came from.</summary>
    IRunReader Run { get; }

    /// <summary>The runs of any DAG.</summary>
    IOtherRuns Runs { get; }

    /// <summary>The assets that the task names, and their updates.</summary>
    IAssetReader Assets { get; }

    /// <summary>Reads a connection with its secrets. Its password and secret extras are masked in this attempt's log from then on.</summary>
    /// <exception cref="TaskFailure">No such connection, or this DAG may not use it (not retryable).</exception>
    Task<Connection> GetConnectionAsync(string connectionId, CancellationToken cancellation);

    /// <summary>Writes a line to the attempt's log, readable at once. Never blocks on the database.</summary>
    void Log(LogLevel level, string message);

    /// <summary>Tells users how far the work is; cheap, may be called per chunk (written at most about once a second).</summary>
    void Report(TaskProgress progress);
}

/// <summary>How far a task is.</summary>
/// <param name="Rows">Rows moved so far.</param>
/// <param name="Bytes">Bytes written or read so far, as stored (compressed).</param>
/// <param name="Files">Files finished so far.</param>
public sealed record TaskProgress(long Rows, long Bytes, int Files);

/// <summary>Severity of a log line, as in Airflow's task logs.</summary>
public enum LogLevel
{
    /// <summary>Detail for developers.</summary>
    Debug,

    /// <summary>Normal progress.</summary>
    Info,

    /// <summary>Something to look at that did not stop the work.</summary>
    Warning,

    /// <summary>The work failed.</summary>
    Error,
}

/// <summary>XCom: small JSON values passed between tasks of a run (airflow-semantics.md §12).</summary>
public interface IXCom
{
    /// <summary>The key under which a task's return value is stored.</summary>
    const string ReturnValue = "return_value";

    /// <summary>
    /// The value that <paramref name="taskId"/> of this run pushed, or null when it pushed none; a list when it is mapped and several of its
    /// task instances have.
    /// </summary>
    async Task<JsonNode?> PullAsync(string taskId, string key, CancellationToken cancellation) => XComShape.Of(await PullAllAsync(new(taskId, key), cancellation));

    /// <summary>The values that task instances of a task pushed, in the order of their map indexes; none, or no such DAG, run or task: empty.</summary>
    Task<IReadOnlyList<JsonNode?>> PullAllAsync(XComQuery query, CancellationToken cancellation);

    /// <summary>Stores a value of this task; written before the attempt's end is reported, refused when the token is stale.</summary>
    Task PushAsync(string key, JsonNode value, CancellationToken cancellation);
}

/// <summary>Reads this run and its other tasks.</summary>
public interface IRunReader
{
    /// <summary>Ids of the tasks directly upstream of this one, in the order of the DAG.</summary>
    IReadOnlyList<string> UpstreamTaskIds { get; }

    /// <summary>Ids of all tasks anywhere upstream of this one, in the order of the DAG.</summary>
    IReadOnlyList<string> AncestorTaskIds { get; }

    /// <summary>Why the run exists.</summary>
    DagRunType RunType { get; }

    /// <summary>The moment from which the run might start.</summary>
    DateTimeOffset RunAfter { get; }

    /// <summary>What the DAG's timetable puts after this run's data interval (or after its start, when it has none); null: nothing.</summary>
    DataInterval? NextInterval { get; }

    /// <summary>What the run was triggered with; do not change it.</summary>
    JsonObject Conf { get; }

    /// <summary>The DAG's params with the run's conf over them (airflow-semantics.md §20); do not change them.</summary>
    JsonObject Params { get; }
}
