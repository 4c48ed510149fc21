using Pipelines.Engine.Telemetry;
using Pipelines.Model.Activities;
using Pipelines.Model.Templates;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Has an attempt's activity do its work: renders its inputs, gives it its world, and tells people meanwhile how far it is.</summary>
internal sealed class ActivityCall(Database database, ActivityCatalog catalog, RunTriggering triggering, WorkerOptions options, TimeProvider time)
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
                // From here on it is this one's code, also when a plugin is replaced meanwhile.
                if (catalog.Activity(assignment.Task.ActivityType) is not { } activity) return new AttemptOutcome(MissingActivity.Wait(assignment.Task.ActivityType, options.Name, time.GetUtcNow()));
                var rendering = new InputRendering(database, secrets, time);
                var inputs = await rendering.RenderAsync(assignment, activity.Descriptor, stop);
                // It may tell of what the task has yet to push: only afterwards is it worth a warning.
                await NameAsync(rendering, assignment, inputs, log: null, stop);
                var context = new TaskContext(assignment, inputs, database, time, log, secrets, progress, triggering);
                afterTimeout = () => activity.AfterTimeout(context);
                using var step = AttemptWatch.Step("run");
                var outcome = await activity.RunAsync(context, stop);
                // As Airflow, again.
                await NameAsync(rendering, assignment, inputs, log, stop);
                return AttemptOutcome.Of(outcome, assignment, activity.Descriptor, log, options.MaxMapLength);
            },
            assignment.Task.ExecutionTimeout, lost, stopping);
        return result.IsTimedOut && afterTimeout?.Invoke() is { } outcome ? AttemptResult.Of(new AttemptOutcome(outcome), secrets) : result;
    }

    /// <summary>A name that cannot be made is no reason to fail.</summary>
    private static async Task NameAsync(InputRendering rendering, Assignment assignment, RenderedInputs inputs, TaskLog? log, CancellationToken stop)
    {
        try
        {
            await rendering.NameAsync(assignment, inputs, stop);
        }
        catch (TemplateException error)
        {
            log?.Write(LogLevel.Warning, $"The task instance gets no name of its own: its mapIndexTemplate cannot be rendered: {error.Message}");
        }
    }

    private Task WriteProgressAsync(Assignment assignment, AttemptWatch watch, TaskProgress progress) => database.InTransactionAsync(async tx =>
    {
        tx.AfterCommit(() => watch.Moved(progress));
        if (await TaskAttemptTable.SetProgressAsync(tx, assignment.TaskInstance.Id, assignment.TaskInstance.Token, progress))
            await tx.NotifyLogsAsync([assignment.AttemptId]);
    });
}
