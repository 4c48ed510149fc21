using System.Text.Json.Nodes;
using Pipelines.Model.Timetables;

namespace Pipelines.Model.Runs;

/// <summary>One run of a DAG.</summary>
public sealed record DagRun
{
    /// <summary>Our surrogate key.</summary>
    public required long Id { get; init; }

    /// <summary>Which DAG.</summary>
    public required string DagId { get; init; }

    /// <summary>Unique in the DAG, e.g. <c>scheduled__2026-01-01T00:00:00+00:00</c>.</summary>
    public required string RunId { get; init; }

    /// <summary>Why it exists.</summary>
    public required DagRunType RunType { get; init; }

    /// <summary>Its state.</summary>
    public required DagRunState State { get; init; }

    /// <summary>Unique in the DAG when not null; UTC.</summary>
    public DateTimeOffset? LogicalDate { get; init; }

    /// <summary>Null exactly when <see cref="LogicalDate"/> is.</summary>
    public DataInterval? Interval { get; init; }

    /// <summary>Not started before this moment.</summary>
    public required DateTimeOffset RunAfter { get; init; }

    /// <summary>Who made it.</summary>
    public required RunTriggeredBy TriggeredBy { get; init; }

    /// <summary>Overrides of params.</summary>
    public JsonObject Conf { get; init; } = [];

    /// <summary>The backfill it belongs to; null: none.</summary>
    public long? BackfillId { get; init; }

    /// <summary>The DAG version its tasks run with.</summary>
    public required long DagVersionId { get; init; }

    /// <summary>When it was created.</summary>
    public required DateTimeOffset QueuedAt { get; init; }

    /// <summary>When it became running; null: not yet.</summary>
    public DateTimeOffset? StartDate { get; init; }

    /// <summary>When it ended; null: not yet.</summary>
    public DateTimeOffset? EndDate { get; init; }

    /// <summary>Why it waits while queued, or how it ended, e.g. <c>task_failure</c>; null: nothing to say.</summary>
    public string? Reason { get; init; }

    /// <summary>What a person has written on it; null: nothing.</summary>
    public string? Note { get; init; }
}
