using System.Globalization;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Engine.Scheduling;
using Pipelines.Engine.Telemetry;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;
using LogLevel = Pipelines.Model.Activities.LogLevel;

namespace Pipelines.Engine.Execution;

/// <summary>Runs one attempt of a task instance, from claim to report. It knows nothing of Hangfire.</summary>
internal sealed class TaskRunner(
    Database database, ActivityCatalog catalog, DagVersions versions, RunPlanning planning, ITaskQueue queue, WorkerOptions options, TimeProvider time,
    ILogger<TaskRunner> logger)
{
    private readonly Claims _claims = new(database, versions, options, time);
    private readonly AttemptReport _report = new(database, planning, time);

    /// <summary>The life of an attempt.</summary>
    /// <param name="taskInstanceId">A queued task instance; any other is left alone.</param>
    /// <param name="changed">Something happened to it: ask the database at once whether this attempt may go on.</param>
    /// <param name="stopping">The worker stops: the task instance is handed back.</param>
    public async Task<AttemptSummary> RunAsync(long taskInstanceId, CancellationToken changed, CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested) return AttemptSummary.Of("the worker is stopping; the task stays queued");
        var asked = time.GetUtcNow();
        if (await _claims.TakeAsync(taskInstanceId) is not { } assignment) return AttemptSummary.Of("nothing to run: the task was cleared, marked or taken meanwhile");

        using var watch = AttemptWatch.Begin(assignment, asked, logger);
        var secrets = new SeenSecrets();
        await using var lease = new Lease(cancellation => _claims.RenewAsync(assignment, cancellation), options, time, changed);
        await using var log = new TaskLog(new AttemptLog(database, assignment), secrets, time);
        log.Write(LogLevel.Info, $"{assignment.Key}: attempt {assignment.TaskInstance.TryNumber} of {assignment.TaskInstance.MaxTries + 1} on worker {options.Name}");

        var result = await PerformAsync(assignment, watch, secrets, log, lease.Lost, stopping);
        watch.End(result);
        await EndLogAsync(log, result);
        if (await ReportAsync(assignment, result) is not { } work) return AttemptSummary.Of("the result was refused: the attempt no longer held the task");
        await HandOverAsync(work);
        return AttemptSummary.Of(result);
    }

    private async Task<AttemptResult> PerformAsync(Assignment assignment, AttemptWatch watch, SeenSecrets secrets, TaskLog log, CancellationToken lost, CancellationToken stopping)
    {
        await using var progress = new ProgressWriter(latest => WriteProgressAsync(assignment, watch, latest), time);
        return await new ActivityRun(options, time, secrets, log).RunAsync(
            async stop =>
            {
                var activity = catalog.Activity(assignment.Task.ActivityType)
                    ?? throw new TaskFailure($"This worker does not know the activity '{assignment.Task.ActivityType}'. Start workers of the version that the DAG was written for.", retryable: false);
                var inputs = await new InputRendering(database, secrets).RenderAsync(assignment, activity.Descriptor, stop);
                using var step = AttemptWatch.Step("run");
                return await activity.RunAsync(new TaskContext(assignment, inputs, database, time, log, secrets, progress), stop);
            },
            assignment.Task.ExecutionTimeout, lost, stopping);
    }

    private Task WriteProgressAsync(Assignment assignment, AttemptWatch watch, TaskProgress progress) => database.InTransactionAsync(async tx =>
    {
        watch.Moved(progress);
        if (await TaskAttemptTable.SetProgressAsync(tx, assignment.TaskInstance.Id, assignment.TaskInstance.Token, progress))
            await tx.NotifyAsync(Topic.LogWritten, assignment.AttemptId.ToString(CultureInfo.InvariantCulture));
    });

    private async Task EndLogAsync(TaskLog log, AttemptResult result)
    {
        if (result.Message is { } message) log.Write(result.Event == TaskEvent.Failed ? LogLevel.Error : LogLevel.Info, message);
        await TryAsync("write the end of the log", async () =>
        {
            await log.EndAsync(CancellationToken.None);
            return true;
        });
    }

    private async Task<PlannedWork?> ReportAsync(Assignment assignment, AttemptResult result)
    {
        using var step = AttemptWatch.Step("report");
        return await TryAsync("report the end of the attempt", () => _report.SendAsync(assignment, result, CancellationToken.None));
    }

    private Task<bool> HandOverAsync(PlannedWork work) => TryAsync("hand over the next tasks", async () =>
    {
        await work.HandOverAsync(queue);
        return true;
    });

    /// <summary>
    /// Tries again while the lease would last. After that the scheduler heals: it takes an unreported attempt for lost, and hands over
    /// queued tasks that nobody claims.
    /// </summary>
    private async Task<T?> TryAsync<T>(string what, Func<Task<T>> action)
    {
        var began = time.GetTimestamp();
        for (var pause = TimeSpan.FromMilliseconds(200); ; pause *= 2)
        {
            try
            {
                return await action();
            }
            catch (Exception error)
            {
                logger.LogWarning(error, "Could not {What}", what);
                if (time.GetElapsedTime(began) + pause >= options.Lease) return default;
                await Task.Delay(pause, time);
            }
        }
    }
}

/// <summary>What an attempt came to, for the transport.</summary>
/// <param name="Text">One line for people.</param>
/// <param name="Failure">What to show as the failure; null: none.</param>
internal sealed record AttemptSummary(string Text, AttemptFailure? Failure)
{
    public static AttemptSummary Of(string text) => new(text, null);

    public static AttemptSummary Of(AttemptResult result) => result.Event == TaskEvent.Failed
        ? new(result.Message!, new AttemptFailure(result.Message!, result.Details))
        : new(result.Message ?? StateNames.ToName(result.AttemptState), null);
}
