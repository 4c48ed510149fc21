using Pipelines.Model.Hitl;
using Pipelines.Model.Runs;

namespace Pipelines.Model.Callbacks;

/// <summary>What a callback's templates see beside what a task's do (airflow-semantics.md §3.1, §6): how things were when it was called for.</summary>
/// <param name="Kind">When it tells.</param>
public sealed record CallbackMoment(CallbackKind Kind)
{
    /// <summary>The task; of a DAG's callback the one that ended last (of a failure: that failed last), null: none has ended.</summary>
    public string? TaskId { get; init; }

    /// <summary>-1 when it is not mapped.</summary>
    public int MapIndex { get; init; } = -1;

    /// <summary>The state it has come to; null: none has ended.</summary>
    public TaskState? State { get; init; }

    /// <summary>The attempt.</summary>
    public int TryNumber { get; init; }

    /// <summary>The last try number that may still be retried after.</summary>
    public int MaxTries { get; init; }

    /// <summary>Start of the attempt.</summary>
    public DateTimeOffset? StartDate { get; init; }

    /// <summary>End of the attempt; null: it runs.</summary>
    public DateTimeOffset? EndDate { get; init; }

    /// <summary>The worker that ran it; null: none did.</summary>
    public string? Hostname { get; init; }

    /// <summary>Why the attempt failed or was skipped, without secrets; null: it did not fail.</summary>
    public string? Exception { get; init; }

    /// <summary>Of a DAG's callback: why the run ended, one of <see cref="RunOutcome"/>'s words.</summary>
    public string? Reason { get; init; }

    /// <summary>Of a DAG's callback: how the run ended.</summary>
    public DagRunState? RunState { get; init; }

    /// <summary>Of a task that asks people: what, without secrets.</summary>
    public HitlQuestion? Question { get; init; }
}
