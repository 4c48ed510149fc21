namespace Pipelines.Model.Timetables;

/// <summary>Decides when runs of a DAG exist and which data they are about (airflow-semantics.md §2). Pure.</summary>
public interface ITimetable
{
    /// <summary>What a person reads, e.g. <c>0 0 * * * (cron_data_interval)</c>.</summary>
    string Summary { get; }

    /// <summary>False for schedule None: never scheduled by itself.</summary>
    bool CanBeScheduled { get; }

    /// <summary>True when it has regular ticks, so that it can be backfilled.</summary>
    bool Periodic { get; }

    /// <summary>How many runs it allows at a time; null: any number.</summary>
    int? ActiveRunsLimit => null;

    /// <summary>
    /// True when, without catchup, it calls for nothing that has passed, not even for the latest: then a run that it called for before is
    /// made though its moment has passed since.
    /// </summary>
    bool ForgetsThePast => false;

    /// <summary>The next scheduled run, or null when there is none.</summary>
    /// <param name="lastAutomated">Interval of the latest scheduled (or backfill) run; null when there was none. Manual runs do not count.</param>
    /// <param name="restriction">Bounds of the DAG.</param>
    /// <param name="now">The current instant, UTC.</param>
    PlannedRun? NextRun(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now);

    /// <summary>The data interval of a manual run triggered for <paramref name="runAfter"/>.</summary>
    DataInterval InferManualInterval(DateTimeOffset runAfter);

    /// <summary>Every tick with from ≤ logical date ≤ to, oldest first, for backfills (§18); lazily, since ranges may be long.</summary>
    IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to);
}

/// <summary>A run that a timetable calls for.</summary>
/// <param name="LogicalDate">Airflow's logical_date, UTC.</param>
/// <param name="Interval">Its data.</param>
/// <param name="RunAfter">The soonest moment it may start.</param>
public sealed record PlannedRun(DateTimeOffset LogicalDate, DataInterval Interval, DateTimeOffset RunAfter);

/// <summary>Bounds of a DAG's automatic runs.</summary>
/// <param name="Earliest">start_date; null: none.</param>
/// <param name="Latest">end_date; null: none.</param>
/// <param name="Catchup">True: also the intervals missed in the past.</param>
public sealed record TimeRestriction(DateTimeOffset? Earliest, DateTimeOffset? Latest, bool Catchup);
