using Pipelines.Engine.Execution;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
using Pipelines.Storage;

namespace Pipelines.Engine.Callbacks;

/// <summary>Has one notifier tell: renders its inputs with what its callback is about and runs its activity, for no longer than it may take.</summary>
internal sealed class NotifierCall(Database database, ActivityCatalog catalog, DagVersions versions, WorkerOptions options, TimeProvider time)
{
    /// <summary>Calls it. Never throws; a failure that is more than words is in the log.</summary>
    /// <param name="assignment">The task instance, with what the callback is about.</param>
    /// <param name="notifier">Who is to tell.</param>
    /// <param name="secrets">Takes what must not be shown.</param>
    /// <param name="log">Takes its lines.</param>
    /// <param name="lost">Nobody waits for it any more.</param>
    /// <param name="stopping">The worker is stopping.</param>
    public async Task<AttemptResult> RunAsync(Assignment assignment, Notifier notifier, SeenSecrets secrets, TaskLog log, CancellationToken lost, CancellationToken stopping)
    {
        await using var progress = new ProgressWriter(_ => Task.CompletedTask, time);
        var result = await new ActivityRun(options, time, secrets, log).RunAsync(
            async stop =>
            {
                var activity = catalog.Activity(notifier.ActivityType)
                    ?? throw new TaskFailure($"This worker does not know the activity '{notifier.ActivityType}'. Start workers of the version that the DAG was written for.", retryable: false);
                var told = assignment with { Task = assignment.Task with { Inputs = notifier.Inputs, DefaultedInputs = [], Mapping = assignment.Task.MappedGroupId is null ? null : assignment.Task.Mapping } };
                var inputs = await new InputRendering(database, secrets, time).RenderAsync(told, DescriptorOf(activity, notifier), assignment.Run.Id, stop);
                return new AttemptOutcome(await activity.RunAsync(new TaskContext(told, inputs, database, new StoredRuns(database, versions, time), time, log, secrets, progress), stop));
            },
            notifier.Timeout, lost, stopping);
        return result.IsTimedOut ? result with { Message = $"Stopped after {notifier.Timeout}, the notifier's 'timeout'. Raise it, to {Notifier.LongestTimeout} at most, or find out what it waits for." } : result;
    }

    private static ActivityDescriptor DescriptorOf(IActivity activity, Notifier notifier) => notifier.JsonInputs.Count == 0 ? activity.Descriptor : activity.Descriptor with
    {
        Inputs = [.. activity.Descriptor.Inputs.Select(input => notifier.JsonInputs.Contains(input.Name) ? input with { Type = InputType.Json } : input)],
    };
}
