using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Connections;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Testing;

/// <summary>The world as a test sees it: connections are the real ones, XComs are read from a past run and never written.</summary>
internal sealed class TestContext(TestSubject subject, Database database, DagVersions versions, TimeProvider time, TaskLog log, SeenSecrets secrets) : ITaskContext, IXCom, IRunReader
{
    private readonly ConcurrentDictionary<string, JsonNode> _pushed = new(StringComparer.Ordinal);

    /// <summary>What the activity pushed, by key.</summary>
    public IReadOnlyDictionary<string, JsonNode> Pushed => _pushed;

    /// <summary>The inputs as people may see them.</summary>
    public JsonObject Shown { get; private set; } = [];

    public TaskInstanceKey Key => subject.Assignment.Key;

    public int TryNumber => subject.Assignment.TaskInstance.TryNumber;

    public long Token => subject.Assignment.TaskInstance.Token;

    public DateTimeOffset? LogicalDate => subject.Assignment.Run.LogicalDate;

    public DataInterval? Interval => subject.Assignment.Run.Interval;

    public DateTimeOffset StartDate { get; } = time.GetUtcNow();

    public DateTimeOffset? FirstReschedule => null;

    public Resumption? Resumption => null;

    public TimeProvider Time => time;

    public RenderedInputs Inputs { get; private set; } = new(new Dictionary<string, string?>());

    public IXCom XCom => this;

    public IRunReader Run => this;

    public IReadOnlyList<string> UpstreamTaskIds => subject.Assignment.Task.Upstream;

    public IReadOnlyList<string> AncestorTaskIds { get; } = TaskContext.Ancestors(subject.Assignment);

    public IOtherRuns Runs { get; } = new StoredRuns(database, versions, time);

    public IAssetReader Assets { get; } = new StoredAssets(subject.Assignment, database, time);

    public DateTimeOffset RunAfter => subject.Assignment.Run.RunAfter;

    public DagRunType RunType => subject.Assignment.Run.RunType;

    public DataInterval? NextInterval => subject.Assignment.Dag.IntervalAfter(subject.Assignment.Run, time.GetUtcNow());

    public JsonObject Conf => subject.Assignment.Run.Conf;

    public JsonObject Params => subject.Assignment.Params;

    /// <summary>The rendered inputs are there.</summary>
    public void Take(RenderedInputs inputs, InputRendering rendering) => (Inputs, Shown) = (inputs, rendering.Shown(inputs));

    public Task<Connection> GetConnectionAsync(string connectionId, CancellationToken cancellation) => secrets.ReadConnectionAsync(database, connectionId, time, cancellation);

    public void Log(LogLevel level, string message) => log.Write(level, message);

    public void Report(TaskProgress progress)
    {
        // Nobody watches a test's progress; its end tells all.
    }

    public async Task<IReadOnlyList<JsonNode?>> PullAllAsync(XComQuery query, CancellationToken cancellation) =>
        query.IsOfThisRun && query.TaskId == Key.TaskId && _pushed.TryGetValue(query.Key, out var own) ? [own.DeepClone()]
        : subject.XComRunId is { } run ? await database.InTransactionAsync(tx => XComTable.PullAllAsync(tx, run, query), cancellation)
        : [];

    public Task PushAsync(string key, JsonNode value, CancellationToken cancellation)
    {
        XComLimits.Require(key, value);
        _pushed[key] = value.DeepClone();
        return Task.CompletedTask;
    }
}
