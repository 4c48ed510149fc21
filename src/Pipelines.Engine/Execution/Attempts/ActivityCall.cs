using Pipelines.Engine.Callbacks;
using Pipelines.Engine.Scheduling;
using Pipelines.Engine.Telemetry;
using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Runs;
using Pipelines.Model.Templates;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Has an attempt's activity do its work: renders its inputs, gives it its world, and tells people meanwhile how far it is.</summary>
internal sealed class ActivityCall(Database database, ActivityCatalog catalog, DagVersions versions, RunTriggering triggering, WorkerOptions options, TimeProvider time)
{
    private readonly NotifierCall _notifiers = new(database, catalog, versions, options, time);

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
        var run = new ActivityRun(options, time, secrets, log);
        ReadyActivity? ready = null;
        // The execution timeout is for the work: what people are told before it must not use that up.
        if (assignment.Task.Callbacks.Of(CallbackKind.OnExecuteCallback).Count > 0)
        {
            var prepared = await run.RunAsync(
                async stop =>
                {
                    ready = await PrepareAsync(assignment, secrets, log, progress, stop);
                    if (ready is null) return Missing(assignment);
                    await ExecuteCallbacks.RunAsync(_notifiers, assignment, options.Name, secrets, log, stop);
                    return new AttemptOutcome(new Outcome.Succeeded());
                },
                limit: null, lost, stopping);
            if (prepared.Event != TaskEvent.Succeeded) return prepared;
        }

        var result = await run.RunAsync(
            async stop =>
            {
                ready ??= await PrepareAsync(assignment, secrets, log, progress, stop);
                if (ready is null) return Missing(assignment);
                using var step = AttemptWatch.Step("run");
                var outcome = await ready.Activity.RunAsync(ready.Context, stop);
                // As Airflow, again.
                await NameAsync(ready.Rendering, assignment, ready.Context.Inputs, log, stop);
                return AttemptOutcome.Of(outcome, assignment, ready.Activity.Descriptor, log, options.MaxMapLength);
            },
            assignment.Task.ExecutionTimeout, lost, stopping);
        return result.IsTimedOut && ready is { } late && late.Activity.AfterTimeout(late.Context) is { } outcome ? AttemptResult.Of(new AttemptOutcome(outcome), secrets) : result;
    }

    /// <summary>The activity and the attempt as it sees it; null: this worker has no such activity.</summary>
    private async Task<ReadyActivity?> PrepareAsync(Assignment assignment, SeenSecrets secrets, TaskLog log, ProgressWriter progress, CancellationToken stop)
    {
        // From here on it is this one's code, also when a plugin is replaced meanwhile.
        var now = catalog.Now;
        if (now.Activity(assignment.Task.ActivityType) is not { } activity) return null;
        var rendering = new InputRendering(database, secrets, time);
        var inputs = await rendering.RenderAsync(assignment, now.Find(assignment.Task.ActivityType)!, stop);
        // It may tell of what the task has yet to push: only afterwards is it worth a warning.
        await NameAsync(rendering, assignment, inputs, log: null, stop);
        var runs = new StoredRuns(database, versions, time, (request, cancellation) => triggering.TriggerAsync(assignment, request, cancellation));
        return new ReadyActivity(activity, new TaskContext(assignment, inputs, database, runs, time, log, secrets, progress), rendering);
    }

    private AttemptOutcome Missing(Assignment assignment) => new(MissingActivity.Wait(assignment.Task.ActivityType, options.Name, time.GetUtcNow())) { IsUnbegun = true };

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

    private sealed record ReadyActivity(IActivity Activity, TaskContext Context, InputRendering Rendering);
}
