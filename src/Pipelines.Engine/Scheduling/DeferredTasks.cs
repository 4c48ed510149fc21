using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>Ends the waits of deferred tasks.</summary>
internal static class DeferredTasks
{
    /// <summary>The task goes on as soon as the run is planned. Lock the run first.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="id">Of the task instance.</param>
    /// <param name="token">Of the attempt that was deferred.</param>
    /// <param name="ended">How its wait ended.</param>
    /// <param name="payload">Of a trigger that fired.</param>
    /// <param name="error">Of one that failed.</param>
    /// <param name="now">The current instant.</param>
    /// <returns>False: the wait was over before.</returns>
    public static async Task<bool> GoOnAsync(Transaction tx, long id, long token, TriggerEnd ended, JsonNode? payload, string? error, DateTimeOffset now)
    {
        if (!await TriggerTable.EndAsync(tx, id, token, ended, payload, error)) return false;
        var instance = (await TaskInstanceTable.FindAsync(tx, id))!;
        var to = TaskTransitions.Decide(instance.State, TaskEvent.TriggerFired).To!.Value;
        await TaskInstanceTable.MoveAsync(tx, [new PlannedTransition(instance.Id, instance.State, to, instance.TryNumber, $"its trigger has {Words(ended)}; waits for a slot")], now);
        return true;
    }

    private static string Words(TriggerEnd ended) => ended switch
    {
        TriggerEnd.Fired => "fired",
        TriggerEnd.TimedOut => "timed out",
        _ => "failed",
    };
}
