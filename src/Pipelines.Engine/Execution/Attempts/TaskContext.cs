using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Connections;
using Pipelines.Model.Mapping;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The world of the engine as one attempt sees it.</summary>
internal sealed class TaskContext(
    Assignment assignment, RenderedInputs inputs, Database database, IOtherRuns runs, TimeProvider time, TaskLog log, SeenSecrets secrets, ProgressWriter progress)
    : ITaskContext, IXCom, IRunReader
{
    public TaskInstanceKey Key => assignment.Key;

    public int TryNumber => assignment.TaskInstance.TryNumber;

    public long Token => assignment.TaskInstance.Token;

    public DateTimeOffset? LogicalDate => assignment.Run.LogicalDate;

    public DataInterval? Interval => assignment.Run.Interval;

    public DateTimeOffset StartDate => assignment.TaskInstance.StartDate!.Value;

    public DateTimeOffset? FirstReschedule => assignment.TaskInstance.FirstReschedule;

    public Resumption? Resumption => assignment.Resumption;

    public TimeProvider Time => time;

    public RenderedInputs Inputs => inputs;

    public IXCom XCom => this;

    public IRunReader Run => this;

    public IReadOnlyList<string> UpstreamTaskIds => assignment.Task.Upstream;

    public IReadOnlyList<string> AncestorTaskIds => field ??= Ancestors(assignment);

    public IOtherRuns Runs => runs;

    public IAssetReader Assets { get; } = new StoredAssets(assignment, database, time);

    public DateTimeOffset RunAfter => assignment.Run.RunAfter;

    public DagRunType RunType => assignment.Run.RunType;

    public DataInterval? NextInterval => assignment.Dag.IntervalAfter(assignment.Run, time.GetUtcNow());

    public JsonObject Conf => assignment.Run.Conf;

    public JsonObject Params => assignment.Params;

    public Task<Connection> GetConnectionAsync(string connectionId, CancellationToken cancellation) => secrets.ReadConnectionAsync(database, connectionId, time, cancellation);

    public void Log(LogLevel level, string message) => log.Write(level, message);

    public void Report(TaskProgress latest) => progress.Report(latest);

    public Task<IReadOnlyList<JsonNode?>> PullAllAsync(XComQuery query, CancellationToken cancellation) =>
        database.PatientlyAsync(tx => XComTable.PullAllAsync(tx, assignment.Run.Id, query), time, cancellation);

    /// <summary>Of a task that is mapped with this one, what the task instance of the same map index pushed.</summary>
    public async Task<JsonNode?> PullAsync(string taskId, string key, CancellationToken cancellation)
    {
        var isMappedWith = assignment.Dag.TasksById.GetValueOrDefault(taskId)?.IsMappedWith(assignment.Task) == true;
        return XComShape.Of(await PullAllAsync(new(taskId, key, isMappedWith ? assignment.TaskInstance.MapIndex : null), cancellation));
    }

    public async Task PushAsync(string key, JsonNode value, CancellationToken cancellation)
    {
        XComLimits.Require(key, value);
        var pushed = await database.PatientlyAsync(
            tx => XComTable.PushAsync(tx, assignment.TaskInstance.Id, Token, key, value, time.GetUtcNow()), time, cancellation);
        if (!pushed)
        {
            throw new TaskFailure($"XCom '{key}' was refused: this attempt no longer holds the task instance, which was cleared, marked or taken by another worker.");
        }
    }

    /// <summary>All tasks anywhere upstream, in the order of the DAG.</summary>
    public static IReadOnlyList<string> Ancestors(Assignment assignment)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        var next = new Stack<string>(assignment.Task.Upstream);
        while (next.TryPop(out var taskId))
        {
            if (!found.Add(taskId)) continue;
            foreach (var upstream in assignment.Dag.TasksById[taskId].Upstream) next.Push(upstream);
        }

        return [.. assignment.Dag.Tasks.Select(task => task.TaskId).Where(found.Contains)];
    }
}
