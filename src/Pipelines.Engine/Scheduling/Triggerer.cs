using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Model.Activities;
using Pipelines.Model.Hitl;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>
/// Lets deferred tasks go on (airflow-semantics.md §14): fires triggers whose moment has come, looks at others, and ends waits that took too
/// long. All it knows is in the database, so any number of them may run side by side and any of them may die.
/// </summary>
public sealed class Triggerer(Database database, ActivityCatalog catalog, DagVersions versions, RunPlanning planning, EngineSettings settings, TimeProvider time, ILogger<Triggerer> log, OuterSecrets? outer = null)
{
    /// <summary>Looks at a time.</summary>
    private const int Capacity = 100;

    /// <summary>The longest look, less than what a host's life sign allows its loops.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    // Another takes up what a triggerer that died had taken.
    private static readonly TimeSpan Taken = 2 * Longest;

    /// <summary>Takes what is due and ends or looks at it.</summary>
    /// <param name="queue">Is told of the tasks that go on.</param>
    /// <param name="cancellation">Stops it; looks that were begun are begun again.</param>
    public async Task TickAsync(ITaskQueue queue, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var due = await database.InTransactionAsync(tx => TriggerTable.TakeAsync(tx, Capacity, now, now + Taken), cancellation);
        await Task.WhenAll(due.Select(trigger => TryAsync(trigger, queue, cancellation)));
    }

    private async Task TryAsync(DueTrigger trigger, ITaskQueue queue, CancellationToken cancellation)
    {
        try
        {
            await (trigger switch
            {
                { IsTimedOut: true } => EndAsync(trigger, TriggerEnd.TimedOut, null, null, queue),
                { IsLookedAt: false } => EndAsync(trigger, TriggerEnd.Fired, null, null, queue),
                _ => LookAsync(trigger, queue, cancellation),
            });
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // It is taken up again when its time is over; the others go on.
            var (trace, words) = DatabaseTrouble.ForLog(error);
            log.LogError(trace, "The trigger of task instance {Id} could not be looked at: {Error}", trigger.TaskInstanceId, words);
        }
    }

    private async Task LookAsync(DueTrigger trigger, ITaskQueue queue, CancellationToken cancellation)
    {
        if (await database.PatientlyAsync(tx => ReadAsync(tx, trigger), time, cancellation) is not { } assignment) return;
        var look = await new TriggerCall(database, catalog, versions, time, outer).LookAsync(assignment, trigger.ArgumentsJson, Longest, cancellation);
        if (look is { Ended: { } ended }) await EndAsync(trigger, ended, look.Payload, look.Error, queue);
        else await database.InTransactionAsync(tx => TriggerTable.LookAgainAsync(tx, trigger.TaskInstanceId, time.GetUtcNow()), CancellationToken.None);
    }

    /// <summary>Null: it waits no more.</summary>
    private async Task<Assignment?> ReadAsync(Transaction tx, DueTrigger trigger)
    {
        if (await TaskInstanceTable.FindAsync(tx, trigger.TaskInstanceId) is not { State: TaskState.Deferred } instance || instance.Token != trigger.Token) return null;
        var run = (await DagRunQueries.FindAsync(tx, trigger.DagRunId))!;
        var dag = await versions.OfRunAsync(tx, run);
        return dag.TasksById.TryGetValue(instance.TaskId, out var task)
            ? new Assignment(instance, trigger.AttemptId, run, dag, task) { ConfOverridesParams = settings.DagRunConfOverridesParams, TaskUrl = settings.TaskUrl }
            : null;
    }

    private async Task EndAsync(DueTrigger trigger, TriggerEnd ended, JsonNode? payload, string? error, ITaskQueue queue)
    {
        var work = await database.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            await DagRunTable.LockAsync(tx, trigger.DagRunId);
            // What was asked and has defaults is answered by now.
            if (ended == TriggerEnd.TimedOut && await AnswerByDefaultAsync(tx, trigger, now) is { } answer) (ended, payload) = (TriggerEnd.Fired, answer);
            return await DeferredTasks.GoOnAsync(tx, trigger.TaskInstanceId, trigger.Token, ended, payload, error, now) ? await planning.PlanAsync(tx, trigger.DagRunId, now) : PlannedWork.None;
        }, CancellationToken.None);
        await work.HandOverAsync(queue);
    }

    /// <summary>Null: it asks nothing, or what it asks has no defaults, or there is an answer.</summary>
    private static async Task<JsonNode?> AnswerByDefaultAsync(Transaction tx, DueTrigger trigger, DateTimeOffset now) =>
        await HitlDetailTable.OfAttemptAsync(tx, trigger.AttemptId) is { Response: null } asked && HitlResponse.ByDefault(asked.Question, asked.Params, now) is { } answer
            && await HitlDetailTable.RespondAsync(tx, trigger.AttemptId, answer) ? answer.ToJson() : null;
}
