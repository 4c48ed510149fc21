using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Connections;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;

namespace Pipelines.TestKit;

/// <summary>
/// Runs one activity with no server: set what the attempt shall see, call <see cref="RunAsync"/>, look at what it did. A second call is
/// a second attempt with the next token.
/// </summary>
public sealed class ActivityEnvironment : ITaskContext, IXCom, IRunReader, IOtherRuns, IAssetReader
{
    private readonly Dictionary<(string TaskId, string Key, int MapIndex), JsonNode> _xcom = [];

    public TaskInstanceKey Key { get; set; } = new("dag", "manual__2026-01-01T00:00:00+00:00", "task");

    public int TryNumber { get; set; }

    public long Token { get; set; }

    public DateTimeOffset? LogicalDate => Interval?.Start;

    public DataInterval? Interval { get; set; }

    public DateTimeOffset StartDate { get; private set; }

    public DateTimeOffset? FirstReschedule { get; set; }

    public Resumption? Resumption { get; set; }

    public TimeProvider Time { get; set; } = TimeProvider.System;

    public RenderedInputs Inputs { get; private set; } = new(new Dictionary<string, string?>());

    public IXCom XCom => this;

    public IRunReader Run => this;

    public IReadOnlyList<string> UpstreamTaskIds { get; set; } = [];

    public IReadOnlyList<string> AncestorTaskIds { get; set; } = [];

    public DateTimeOffset RunAfter { get; set; }

    public IOtherRuns Runs => this;

    /// <summary>The runs of other DAGs, by DAG and logical date; a DAG with any is there.</summary>
    public Dictionary<(string DagId, DateTimeOffset LogicalDate), OtherRun> OtherRuns { get; } = [];

    public IAssetReader Assets => this;

    public AssetUse Inlets { get; set; } = AssetUse.None;

    public AssetUse Outlets { get; set; } = AssetUse.None;

    /// <summary>Answers who asks for updates of assets.</summary>
    public Func<AssetEventQuery, JsonArray> Events { get; set; } = _ => [];

    public JsonObject TriggeringEvents { get; set; } = [];

    public DagRunType RunType { get; set; } = DagRunType.Scheduled;

    public DataInterval? NextInterval { get; set; }

    public JsonObject Conf { get; set; } = [];

    public JsonObject Params { get; set; } = [];

    /// <summary>The connections that exist.</summary>
    public Dictionary<string, Connection> Connections { get; } = [];

    /// <summary>What was logged, oldest first.</summary>
    public List<(LogLevel Level, string Message)> Lines { get; } = [];

    /// <summary>The latest progress.</summary>
    public TaskProgress? Progress { get; private set; }

    /// <summary>Called with every progress report.</summary>
    public Action<TaskProgress>? OnProgress { get; set; }

    /// <summary>False: lines are only shown to <see cref="OnLog"/>, for tests of a log too long to keep.</summary>
    public bool KeepsLog { get; set; } = true;

    /// <summary>Called with every line of the log.</summary>
    public Action<string>? OnLog { get; set; }

    /// <summary>All of the log as one text.</summary>
    public string Log
    {
        get
        {
            lock (Lines) return string.Join('\n', Lines.Select(line => $"{line.Level}: {line.Message}"));
        }
    }

    /// <summary>Adds or replaces a connection.</summary>
    public void Add(Connection connection) => Connections[connection.ConnId] = connection;

    /// <summary>Sets what an upstream task returned, or one of its mapped task instances, and makes it upstream.</summary>
    public void Returned(string taskId, JsonNode? value, int mapIndex = -1)
    {
        if (!UpstreamTaskIds.Contains(taskId)) UpstreamTaskIds = [.. UpstreamTaskIds, taskId];
        if (!AncestorTaskIds.Contains(taskId)) AncestorTaskIds = [.. AncestorTaskIds, taskId];
        if (value is not null) _xcom[(taskId, IXCom.ReturnValue, mapIndex)] = value.DeepClone();
    }

    /// <summary>Runs one attempt with these inputs and the descriptor's defaults for the rest.</summary>
    public async Task<Outcome> RunAsync(IActivity activity, IReadOnlyDictionary<string, string?> inputs, CancellationToken cancellation = default)
    {
        var unknown = inputs.Keys.Except(activity.Descriptor.Inputs.Select(input => input.Name)).ToList();
        if (unknown.Count > 0) throw new ArgumentException($"{activity.Descriptor.TypeName} has no input {string.Join(", ", unknown)}.", nameof(inputs));
        Inputs = new RenderedInputs(activity.Descriptor.Inputs.ToDictionary(input => input.Name, input => inputs.GetValueOrDefault(input.Name) ?? input.Default));
        (TryNumber, Token, StartDate) = (TryNumber + 1, Token + 1, Time.GetUtcNow());
        return await activity.RunAsync(this, cancellation);
    }

    /// <summary>Runs one attempt that must succeed and returns its value.</summary>
    public async Task<JsonObject> SucceedAsync(IActivity activity, IReadOnlyDictionary<string, string?> inputs, CancellationToken cancellation = default) =>
        ((Outcome.Succeeded)await RunAsync(activity, inputs, cancellation)).ReturnValue!.AsObject();

    public Task<bool> HasDagAsync(string dagId, CancellationToken cancellation) => Task.FromResult(OtherRuns.Keys.Any(key => key.DagId == dagId));

    /// <summary>The DAGs that are paused.</summary>
    public HashSet<string> PausedDags { get; } = [];

    public Task<bool> IsPausedAsync(string dagId, CancellationToken cancellation) => Task.FromResult(PausedDags.Contains(dagId));

    public Task<OtherRun?> FindAsync(string dagId, DateTimeOffset logicalDate, IReadOnlyCollection<string> taskIds, CancellationToken cancellation) =>
        Task.FromResult(OtherRuns.GetValueOrDefault((dagId, logicalDate)));

    /// <summary>The tasks of the run whose ids begin with the group's.</summary>
    public Task<OtherRun?> FindGroupAsync(string dagId, DateTimeOffset logicalDate, string groupId, CancellationToken cancellation) => Task.FromResult(
        OtherRuns.GetValueOrDefault((dagId, logicalDate)) is { } run ? run with { Tasks = run.Tasks.Where(task => task.Key.StartsWith($"{groupId}.", StringComparison.Ordinal)).ToDictionary() } : null);

    public Task<JsonArray> EventsAsync(AssetEventQuery query, CancellationToken cancellation) => Task.FromResult(Events(query));

    public Task<JsonObject> TriggeringEventsAsync(CancellationToken cancellation) => Task.FromResult((JsonObject)TriggeringEvents.DeepClone());

    /// <summary>The states of runs by DAG and run id, those that were triggered too.</summary>
    public Dictionary<(string DagId, string RunId), DagRunState> RunStates { get; } = [];

    /// <summary>Which runs were asked for.</summary>
    public List<RunRequest> Requests { get; } = [];

    public Task<DagRunState?> StateAsync(string dagId, string runId, CancellationToken cancellation) =>
        Task.FromResult<DagRunState?>(RunStates.TryGetValue((dagId, runId), out var state) ? state : null);

    public Task<RequestedRun> TriggerAsync(RunRequest request, CancellationToken cancellation)
    {
        Requests.Add(request);
        return Task.FromResult(new RequestedRun(
            request.RunId, RunStates.TryAdd((request.DagId, request.RunId), DagRunState.Queued) ? RunRequestEnd.Made : request.ResetsExisting ? RunRequestEnd.Cleared : RunRequestEnd.AlreadyExists));
    }

    public Task<Connection> GetConnectionAsync(string connectionId, CancellationToken cancellation) =>
        Connections.TryGetValue(connectionId, out var connection)
            ? Task.FromResult(connection)
            : throw new TaskFailure($"Connection '{connectionId}' does not exist.", retryable: false);

    void ITaskContext.Log(LogLevel level, string message)
    {
        if (KeepsLog) lock (Lines) Lines.Add((level, message));
        OnLog?.Invoke(message);
    }

    public void Report(TaskProgress progress)
    {
        Progress = progress;
        OnProgress?.Invoke(progress);
    }

    public Task<IReadOnlyList<JsonNode?>> PullAllAsync(XComQuery query, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<JsonNode?>>(
        OtherXComs.TryGetValue(query, out var other) ? [other.DeepClone()]
        : query is { DagId: null, RunId: null } ? [.. _xcom.Where(entry => entry.Key == (query.TaskId, query.Key, query.MapIndex ?? entry.Key.MapIndex)).OrderBy(entry => entry.Key.MapIndex).Select(entry => entry.Value.DeepClone())]
        : []);

    /// <summary>What is found in other runs and DAGs, by what is asked for.</summary>
    public Dictionary<XComQuery, JsonNode> OtherXComs { get; } = [];

    public Task PushAsync(string key, JsonNode value, CancellationToken cancellation)
    {
        _xcom[(Key.TaskId, key, Key.MapIndex)] = value.DeepClone();
        return Task.CompletedTask;
    }
}
