using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace Pipelines.Engine.Telemetry;

/// <summary>
/// An attempt as an operator of the host sees it: a span with its steps in the trace of its run, its numbers, and its name on every
/// line of the host's log.
/// </summary>
internal sealed class AttemptWatch : IDisposable
{
    private readonly Assignment _assignment;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly IDisposable? _scope;
    private readonly ILogger _log;
    private readonly Activity? _span;
    private TaskProgress _moved = new(0, 0, 0);

    private AttemptWatch(Assignment assignment, ILogger log)
    {
        (_assignment, _log) = (assignment, log);
        var task = assignment.TaskInstance;
        KeyValuePair<string, object?>[] name =
            [new("dag_id", assignment.Run.DagId), new("run_id", assignment.Run.RunId), new("task_id", task.TaskId), new("map_index", task.MapIndex), new("try_number", task.TryNumber)];
        _scope = log.BeginScope(new LogScope(assignment.Key, name));
        _span = EngineTraces.Source.HasListeners() ? Trace(assignment, name) : null;
        EngineMeter.AttemptStarted(assignment.Key);
    }

    /// <summary>An attempt was claimed.</summary>
    /// <param name="assignment">Which.</param>
    /// <param name="log">Whose lines carry the attempt's name from here on.</param>
    public static AttemptWatch Begin(Assignment assignment, ILogger log) => new(assignment, log);

    /// <summary>A step of the attempt: dispose it at its end.</summary>
    public static IDisposable? Step(string name) => EngineTraces.Source.StartActivity(name);

    /// <summary>The activity said how far it is.</summary>
    public void Moved(TaskProgress progress) => EngineMeter.Moved(_assignment.Key, Interlocked.Exchange(ref _moved, progress), progress);

    /// <summary>The activity is at its end, whatever becomes of the report.</summary>
    public void End(AttemptResult result)
    {
        var state = result.Event == TaskEvent.HandedBack ? "handed_back" : StateNames.ToName(result.AttemptState);
        var took = Stopwatch.GetElapsedTime(_began);
        EngineMeter.AttemptEnded(_assignment.Key, state, took);
        // What went well is in the database; a line for each would be all that a busy host says.
        _log.Log(result.Event == TaskEvent.Failed ? LogLevel.Information : LogLevel.Debug, "Attempt {TryNumber} of {TaskInstance}: {State} after {Seconds} s. {Reason}",
            _assignment.TaskInstance.TryNumber, _assignment.Key, state, Math.Round(took.TotalSeconds, 3), result.Message);
        if (result.IsLost) EngineMeter.LeaseLost(_assignment.Key);
        // The message is masked already.
        _span?.SetTag("state", state).SetStatus(result.Event == TaskEvent.Failed ? ActivityStatusCode.Error : ActivityStatusCode.Ok, result.Message);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _span?.Dispose();
        _scope?.Dispose();
    }

    private static Activity? Trace(Assignment assignment, KeyValuePair<string, object?>[] name)
    {
        DateTimeOffset asked = assignment.TaskInstance.StartDate!.Value;
        var span = EngineTraces.Source.StartActivity(
            "task attempt", ActivityKind.Consumer, EngineTraces.Of(assignment.Run),
            [.. name, new("operator", assignment.Task.ActivityType), new("queue", assignment.Task.Queue)], startTime: asked);
        // The claim came before anybody knew which run's trace it belongs to.
        EngineTraces.Source.StartActivity("claim", ActivityKind.Internal, span?.Context ?? default, startTime: asked)?.Dispose();
        if (span is not null) Activity.Current = span;
        return span;
    }

    private sealed class LogScope(TaskInstanceKey key, IEnumerable<KeyValuePair<string, object?>> name) : List<KeyValuePair<string, object?>>(name)
    {
        public override string ToString() => key.ToString();
    }
}
