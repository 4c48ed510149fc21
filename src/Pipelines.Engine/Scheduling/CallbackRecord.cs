using Pipelines.Model.Callbacks;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;

namespace Pipelines.Engine.Scheduling;

/// <summary>Who was told of the end of a run, and how that went, in the event log.</summary>
public static class CallbackRecord
{
    /// <summary>The names of such events.</summary>
    public static IReadOnlyCollection<string> EventNames { get; } = [StateNames.ToName(CallbackKind.OnSuccessCallback), StateNames.ToName(CallbackKind.OnFailureCallback)];

    internal static async Task AddAsync(Transaction tx, DagRun run, CallbackKind kind, string words, DateTimeOffset now)
    {
        await EventLogTable.AddAsync(tx, new Event(StateNames.ToName(kind), "worker") { DagId = run.DagId, RunId = run.RunId, Extra = words }, now);
        await tx.NotifyRunAsync(run.Id, run.DagId);
    }
}
