using Pipelines.Model.Runs;

namespace Pipelines.Storage.Runs;

/// <summary>A row of <c>backfill</c>.</summary>
public record Backfill
{
    public long Id { get; init; }

    public required string DagId { get; init; }

    public required DateTimeOffset FromDate { get; init; }

    public required DateTimeOffset ToDate { get; init; }

    public required int MaxActiveRuns { get; init; }

    public bool RunBackwards { get; init; }

    /// <summary>none, failed or completed: see <see cref="Model.Runs.ReprocessBehavior"/>.</summary>
    public string ReprocessBehavior { get; init; } = "none";

    /// <summary>The only tasks that it runs; empty: all.</summary>
    public string[] TaskIds { get; init; } = [];

    /// <summary>No run of it starts before; null: at once.</summary>
    public DateTimeOffset? StartAt { get; init; }

    public bool IsPaused { get; init; }

    public string CreatedBy { get; init; } = "";

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Null while a run of it is queued or running, and it was not cancelled.</summary>
    public DateTimeOffset? CompletedAt { get; init; }

    /// <summary>Who cancelled it; null: nobody.</summary>
    public string? CancelledBy { get; init; }

    /// <summary>What it says of its queued runs; null once it is over.</summary>
    public BackfillHold? Hold => CompletedAt is null ? new BackfillHold(Id, IsPaused, StartAt) : null;
}

/// <summary>A backfill with how far it is. A run that a later backfill took over counts as it is now.</summary>
public sealed record BackfillProgress : Backfill
{
    /// <summary>Windows, those that it skipped included.</summary>
    public long Windows { get; init; }

    /// <summary>Windows without a run of it, because there was one that it was to leave.</summary>
    public long Skipped { get; init; }

    public long Queued { get; init; }

    public long Running { get; init; }

    public long Success { get; init; }

    public long Failed { get; init; }

    /// <summary>Mean length of its runs that succeeded; null: none has.</summary>
    public double? MeanSeconds { get; init; }
}

/// <summary>One window of a backfill as it is now.</summary>
public sealed record BackfillDate
{
    public int SortOrdinal { get; init; }

    public DateTimeOffset LogicalDate { get; init; }

    /// <summary>Why it has no run of the backfill; null: it has one.</summary>
    public string? ExceptionReason { get; init; }

    public string? RunId { get; init; }

    /// <summary>Airflow's name of the run's state.</summary>
    public string? State { get; init; }

    public DateTimeOffset? StartDate { get; init; }

    public DateTimeOffset? EndDate { get; init; }

    /// <summary>Why the run waits, or how it ended.</summary>
    public string? Reason { get; init; }

    /// <summary>The later backfill that took the run over; null: none.</summary>
    public long? TakenOverBy { get; init; }
}

/// <summary>The runs of one day by state.</summary>
public sealed record DayRuns
{
    public DateTime Day { get; init; }

    public long Queued { get; init; }

    public long Running { get; init; }

    public long Success { get; init; }

    public long Failed { get; init; }
}

/// <summary>What a run of a DAG is like.</summary>
/// <param name="Runs">Runs that the means are of; 0: nothing is known.</param>
/// <param name="MeanSeconds">From the first start to the last end of its tasks.</param>
/// <param name="MeanRows">Rows moved; each counts once, however many tasks pass it on.</param>
public sealed record TypicalRun(long Runs, double MeanSeconds, double MeanRows);
