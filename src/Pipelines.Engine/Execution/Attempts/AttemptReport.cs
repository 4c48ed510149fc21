using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Reports an attempt's end under its token, and plans its run in the same transaction, so that its children start at once.</summary>
internal sealed class AttemptReport(Database database, RunPlanning planning, TimeProvider time)
{
    /// <summary>Reports.</summary>
    /// <returns>What Hangfire must be told besides the job that ends; null when the report was refused, because the attempt no longer holds the task instance.</returns>
    public Task<PlannedWork?> SendAsync(Assignment assignment, AttemptResult result, CancellationToken cancellation) =>
        database.InTransactionAsync(tx => SendAsync(tx, assignment, result), cancellation);

    private async Task<PlannedWork?> SendAsync(Transaction tx, Assignment assignment, AttemptResult result)
    {
        var now = time.GetUtcNow();
        // The run's lock comes first, as everywhere: whoever plans or clears the run waits for us, or we for them.
        await DagRunTable.LockAsync(tx, assignment.Run.Id);
        var task = await TaskInstanceTable.FindAsync(tx, assignment.TaskInstance.Id);
        if (task is null || task.Token != assignment.TaskInstance.Token || EndOf(assignment, task, result, now) is not { } end) return null;

        if (result.ReturnValue is { } value && task.State == TaskState.Running)
        {
            await XComTable.PushAsync(tx, task.Id, task.Token, IXCom.ReturnValue, value, now);
        }

        if (!await LeaseTable.EndAsync(tx, end, now)) return null;
        await LogTable.AppendLastAsync(tx, task.Id, task.Token, new LogLine(now, LevelOf(end), $"Marked {StateNames.ToName(end.To)}{(end.Reason is null ? "" : $": {end.Reason}")}"));
        var work = await planning.PlanAsync(tx, assignment.Run.Id, now);
        return work with { Changed = [.. work.Changed.Where(id => id != task.Id)] };
    }

    private static AttemptEnd? EndOf(Assignment assignment, TaskInstance task, AttemptResult result, DateTimeOffset now)
    {
        var retry = result.Event == TaskEvent.Failed ? RetryPolicy.Decide(assignment.Task, assignment.Run, task, result.Failure, now) : null;
        if (TaskTransitions.Decide(task.State, retry?.Event ?? result.Event).To is not { } to) return null;
        return new AttemptEnd
        {
            TaskInstanceId = task.Id,
            Token = task.Token,
            From = task.State,
            To = to,
            AttemptState = result.AttemptState,
            Error = result.Message,
            Facts = result.Facts,
            Reason = task.State == TaskState.Restarting ? "cleared while it ran" : retry?.Reason ?? result.Message,
            // Cleared while it ran: the next attempt does not wait for a retry delay.
            NextRetryAt = to != TaskState.UpForRetry ? null : task.State == TaskState.Restarting ? now : retry!.NextRetryAt,
        };
    }

    private static LogLevel LevelOf(AttemptEnd end) => end.To switch
    {
        TaskState.Failed => LogLevel.Error,
        TaskState.UpForRetry => LogLevel.Warning,
        _ => LogLevel.Info,
    };
}
