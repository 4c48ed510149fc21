using Pipelines.Engine.Execution.Attempts;
using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Callbacks;

/// <summary>The callbacks of a task that is about to begin its work, or to go on with it (airflow-semantics.md §6): in its attempt, since the work waits for them.</summary>
internal static class ExecuteCallbacks
{
    /// <summary>Calls them one after the other; what fails is in the log, and the work begins all the same.</summary>
    /// <exception cref="OperationCanceledException">The attempt is stopped.</exception>
    public static async Task RunAsync(NotifierCall call, Assignment assignment, string worker, SeenSecrets secrets, TaskLog log, CancellationToken stop)
    {
        var notifiers = assignment.Task.Callbacks.Of(CallbackKind.OnExecuteCallback);
        var task = assignment.TaskInstance;
        var moment = new CallbackMoment(CallbackKind.OnExecuteCallback)
        {
            TaskId = task.TaskId,
            MapIndex = task.MapIndex,
            State = TaskState.Running,
            TryNumber = task.TryNumber,
            MaxTries = task.MaxTries,
            StartDate = task.StartDate,
            Hostname = worker,
        };
        foreach (var (place, notifier) in notifiers.Index())
        {
            var result = await call.RunAsync(assignment with { Callback = moment }, notifier, secrets, log, stop, CancellationToken.None);
            stop.ThrowIfCancellationRequested();
            if (result.Event == TaskEvent.Failed) log.Write(LogLevel.Error, $"{CallbackWords.Name(moment, place, notifiers.Count, notifier)} failed, and the task goes on: {result.Message}");
            else log.Write(LogLevel.Info, $"{CallbackWords.Name(moment, place, notifiers.Count, notifier)}: done.");
        }
    }
}

/// <summary>How lines of a log call a callback.</summary>
internal static class CallbackWords
{
    /// <summary>e.g. <c>on_failure_callback 2 of 3 (Http)</c>.</summary>
    public static string Name(CallbackMoment moment, int place, int of, Notifier notifier) =>
        $"{StateNames.ToName(moment.Kind)}{(of == 1 ? "" : $" {place + 1} of {of}")} ({notifier.ActivityType})";
}
