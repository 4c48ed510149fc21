using Pipelines.Engine.Telemetry;
using Pipelines.Model.Activities;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Has an attempt's activity do its work: renders its inputs, gives it its world, and tells people meanwhile how far it is.</summary>
internal sealed class ActivityCall(Database database, ActivityCatalog catalog, WorkerOptions options, TimeProvider time)
{
    /// <summary>Calls it. Never throws.</summary>
    /// <param name="assignment">What is to run.</param>
    /// <param name="watch">Hears of its progress.</param>
    /// <param name="secrets">Takes what must not be shown.</param>
    /// <param name="log">Takes its lines.</param>
    /// <param name="lost">The attempt no longer holds the task instance.</param>
    /// <param name="stopping">The worker is stopping.</param>
    public async Task<AttemptResult> RunAsync(Assignment assignment, AttemptWatch watch, SeenSecrets secrets, TaskLog log, CancellationToken lost, CancellationToken stopping)
    {
        await using var progress = new ProgressWriter(latest => WriteProgressAsync(assignment, watch, latest), time);
        Func<Outcome?>? afterTimeout = null;
        var result = await new ActivityRun(options, time, secrets, log).RunAsync(
            async stop =>
            {
                var activity = catalog.Activity(assignment.Task.ActivityType)
                    ?? throw new TaskFailure($"This worker does not know the activity '{assignment.Task.ActivityType}'. Start workers of the version that the DAG was written for.", retryable: false);
                var inputs = await new InputRendering(database, secrets, time).RenderAsync(assignment, activity.Descriptor, stop);
                var context = new TaskContext(assignment, inputs, database, time, log, secrets, progress);
                afterTimeout = () => activity.AfterTimeout(context);
                using var step = AttemptWatch.Step("run");
                return AttemptOutcome.Of(await activity.RunAsync(context, stop), assignment, activity.Descriptor, log);
            },
            assignment.Task.ExecutionTimeout, lost, stopping);
        return result.IsTimedOut && afterTimeout?.Invoke() is { } outcome ? AttemptResult.Of(new AttemptOutcome(outcome), secrets) : result;
    }

    private Task WriteProgressAsync(Assignment assignment, AttemptWatch watch, TaskProgress progress) => database.InTransactionAsync(async tx =>
    {
        tx.AfterCommit(() => watch.Moved(progress));
        if (await TaskAttemptTable.SetProgressAsync(tx, assignment.TaskInstance.Id, assignment.TaskInstance.Token, progress))
            await tx.NotifyLogsAsync([assignment.AttemptId]);
    });
}
