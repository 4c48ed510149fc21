using Pipelines.Engine.Execution;

namespace Pipelines.Engine.Scheduling;

/// <summary>What is to be told to Hangfire after the commit.</summary>
/// <param name="Queued">Task instances that became queued.</param>
/// <param name="Changed">Task instances that changed in another way, whose Hangfire jobs must follow.</param>
public sealed record PlannedWork(IReadOnlyList<long> Queued, IReadOnlyList<long> Changed)
{
    /// <summary>Nothing to tell.</summary>
    public static PlannedWork None { get; } = new([], []);

    /// <summary>True when there is nothing to tell.</summary>
    public bool IsNone => Queued.Count + Changed.Count == 0;

    public PlannedWork With(PlannedWork other) => new([.. Queued, .. other.Queued], [.. Changed, .. other.Changed]);

    /// <summary>Tells it; call after the commit. Takes no token: what is committed must be told, or Hangfire's pages stay wrong.</summary>
    public async Task HandOverAsync(ITaskQueue queue)
    {
        if (Queued.Count > 0) await queue.EnqueueAsync(Queued, CancellationToken.None);
        if (Changed.Count > 0) await queue.RecordAsync(Changed, CancellationToken.None);
    }
}
