namespace Pipelines.Storage.Runs;

/// <summary>A pool with what its slots are taken by (airflow-semantics.md §15).</summary>
public sealed record PoolStats
{
    public required string Name { get; init; }

    /// <summary>-1: without end.</summary>
    public required int Slots { get; init; }

    public string? Description { get; init; }

    public required bool IncludeDeferred { get; init; }

    /// <summary>Slots of those that run.</summary>
    public long Running { get; init; }

    /// <summary>Slots of those that wait for a worker.</summary>
    public long Queued { get; init; }

    /// <summary>Slots that those want who wait for some.</summary>
    public long Scheduled { get; init; }

    /// <summary>Slots of deferred ones; taken only when the pool includes them.</summary>
    public long Deferred { get; init; }

    /// <summary>Slots that are taken.</summary>
    public long Occupied => Running + Queued + (IncludeDeferred ? Deferred : 0);

    /// <summary>Slots that are free; null: without end.</summary>
    public long? Open => Slots < 0 ? null : Math.Max(0, Slots - Occupied);
}
