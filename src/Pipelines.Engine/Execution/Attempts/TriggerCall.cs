using System.Text.Json.Nodes;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Storage;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>What a look at a trigger came to. Texts are masked.</summary>
/// <param name="Ended">Null: not yet.</param>
/// <param name="Payload">Of a trigger that fired.</param>
/// <param name="Error">Of one that failed.</param>
internal sealed record TriggerResult(TriggerEnd? Ended, JsonNode? Payload = null, string? Error = null);

/// <summary>Has a deferred attempt's activity look, with the world that the attempt had: its inputs are rendered anew, its log goes on.</summary>
internal sealed class TriggerCall(Database database, ActivityCatalog catalog, DagVersions versions, TimeProvider time, OuterSecrets? outer)
{
    /// <summary>Looks once.</summary>
    /// <exception cref="OperationCanceledException">Stopped from outside.</exception>
    public async Task<TriggerResult> LookAsync(Assignment assignment, string argumentsJson, TimeSpan limit, CancellationToken cancellation)
    {
        var secrets = new SeenSecrets(outer);
        await using var log = new TaskLog(new AttemptLog(database, assignment), secrets, time);
        await using var progress = new ProgressWriter(_ => Task.CompletedTask, time);
        using var timeout = new CancellationTokenSource(limit, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        var result = await LookAsync(assignment, argumentsJson, secrets, log, progress, stop.Token, cancellation);
        await log.EndAsync(cancellation);
        return result;
    }

    private async Task<TriggerResult> LookAsync(
        Assignment assignment, string argumentsJson, SeenSecrets secrets, TaskLog log, ProgressWriter progress, CancellationToken stop, CancellationToken cancellation)
    {
        try
        {
            if (catalog.Activity(assignment.Task.ActivityType) is not { } known)
            {
                log.Write(LogLevel.Warning, $"Not looked at: this scheduler does not know the activity '{assignment.Task.ActivityType}'. Put its plugin into the plugins folder of every host; 'pipelines plugins list' shows those that are there.");
                return new(null);
            }

            var activity = known as IDeferrable
                ?? throw new TaskFailure($"Activity '{assignment.Task.ActivityType}' has been deferred, but this scheduler knows none of this name that can look. Start schedulers of the version that the DAG was written for.");
            var inputs = await new InputRendering(database, secrets, time).RenderAsync(assignment, activity.Descriptor, assignment.Run.Id, stop);
            var context = new TaskContext(assignment, inputs, database, new StoredRuns(database, versions, time), time, log, secrets, progress);
            // On the pool, because an activity may block before its first await; and waited for no longer than it may take.
            switch (await Task.Run(() => activity.LookAsync(context, (JsonObject)JsonNode.Parse(argumentsJson)!, stop), CancellationToken.None).WaitAsync(stop))
            {
                case TriggerLook.Fired fired: return new(TriggerEnd.Fired, fired.Payload);
                case TriggerLook.NotYet { Seen: var seen }:
                    log.Write(LogLevel.Info, $"Not yet: {seen}");
                    return new(null);
                case var look: throw new NotSupportedException($"Look {look.GetType().Name} is not known to the engine.");
            }
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            log.Write(LogLevel.Error, error.ToString());
            var words = error is OperationCanceledException ? "The trigger's look took too long." : error is TaskFailure ? error.Message : $"{error.GetType().Name}: {error.Message}";
            return new(error is TaskFailure { Retryable: false } ? TriggerEnd.FailedForGood : TriggerEnd.Failed, Error: StorableText.Of(secrets.Apply(words)));
        }
    }
}
