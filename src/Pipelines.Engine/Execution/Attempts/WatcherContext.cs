using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Connections;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using LogLevel = Pipelines.Model.Activities.LogLevel;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>The world as a watcher's sensor sees it: there is no run, so no dates, no params and no XComs. Its lines go to the scheduler's log.</summary>
internal sealed class WatcherContext(TaskInstanceKey key, RenderedInputs inputs, Database database, DagVersions versions, TimeProvider time, SeenSecrets secrets, ILogger log)
    : ITaskContext, IXCom, IRunReader, IAssetReader
{
    public TaskInstanceKey Key => key;

    public int TryNumber => 1;

    public long Token => 0;

    public DateTimeOffset? LogicalDate => null;

    public DataInterval? Interval => null;

    public DateTimeOffset StartDate { get; } = time.GetUtcNow();

    public DateTimeOffset? FirstReschedule => null;

    public Resumption? Resumption => null;

    public TimeProvider Time => time;

    public RenderedInputs Inputs => inputs;

    public IXCom XCom => this;

    public IRunReader Run => this;

    public IOtherRuns Runs { get; } = new StoredRuns(database, versions, time);

    public IAssetReader Assets => this;

    public AssetUse Inlets => AssetUse.None;

    public AssetUse Outlets => AssetUse.None;

    public IReadOnlyList<string> UpstreamTaskIds => [];

    public IReadOnlyList<string> AncestorTaskIds => [];

    public DagRunType RunType => DagRunType.AssetTriggered;

    public DateTimeOffset RunAfter => StartDate;

    public DataInterval? NextInterval => null;

    public JsonObject Conf { get; } = [];

    public JsonObject Params { get; } = [];

    public Task<Connection> GetConnectionAsync(string connectionId, CancellationToken cancellation) => secrets.ReadConnectionAsync(database, connectionId, time, cancellation);

    public void Log(LogLevel level, string message)
    {
        if (level >= LogLevel.Warning) log.LogWarning("Watcher {Watcher} of DAG {DagId}: {Message}", key.TaskId, key.DagId, secrets.Apply(message));
    }

    public void Report(TaskProgress progress)
    {
        // Nobody watches a look.
    }

    public Task<IReadOnlyList<JsonNode?>> PullAllAsync(XComQuery query, CancellationToken cancellation) => Task.FromResult<IReadOnlyList<JsonNode?>>([]);

    public Task PushAsync(string key, JsonNode value, CancellationToken cancellation) => Task.CompletedTask;

    public Task<JsonArray> EventsAsync(AssetEventQuery query, CancellationToken cancellation) => Task.FromResult(new JsonArray());

    public Task<JsonObject> TriggeringEventsAsync(CancellationToken cancellation) => Task.FromResult(new JsonObject());
}
