using System.Globalization;

namespace Pipelines.Model.Runs;

/// <summary>Whether a queued run may become running (airflow-semantics.md §3).</summary>
/// <param name="Promoted">True: now.</param>
/// <param name="Reason">Why (not), in words for the user.</param>
/// <param name="WakeAt">The moment at which time alone changes the answer; null: none.</param>
public sealed record RunPromotion(bool Promoted, string Reason, DateTimeOffset? WakeAt = null)
{
    /// <summary>Decides for one run; runs are asked in order: live before backfill, then by run_after.</summary>
    /// <param name="run">The run.</param>
    /// <param name="runningRuns">Running runs under the same limit: of its backfill for a backfill run, else of its DAG without backfills.</param>
    /// <param name="maxActiveRuns">The limit: the backfill's own for a backfill run, else the DAG's.</param>
    /// <param name="dagPaused">The DAG's switch.</param>
    /// <param name="now">The current instant.</param>
    /// <param name="hold">What its backfill says; null for a live run, and once the backfill is completed or cancelled.</param>
    public static RunPromotion Decide(DagRun run, int runningRuns, int maxActiveRuns, bool dagPaused, DateTimeOffset now, BackfillHold? hold = null)
    {
        // A logical date ahead holds a run too, even if somebody set run_after before it.
        var start = run.LogicalDate > run.RunAfter ? run.LogicalDate.Value : run.RunAfter;
        return run.State switch
        {
            not DagRunState.Queued => new(false, $"the run is {StateNames.ToName(run.State)}, not queued"),
            _ when dagPaused => new(false, Readiness.DagUnpausedRule.Judge(dagPaused).Reason),
            _ when hold is { IsPaused: true } => new(false, $"backfill {hold.BackfillId} is paused: resume it to let its runs go on"),
            _ when hold?.StartAt > now => new(false, string.Create(
                CultureInfo.InvariantCulture, $"backfill {hold.BackfillId} starts at {hold.StartAt.Value.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"), hold.StartAt),
            _ when start > now => new(false, string.Create(CultureInfo.InvariantCulture, $"waits for its time, {start.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"), start),
            _ when runningRuns >= maxActiveRuns => new(false,
                $"waits for another run to end: {runningRuns} of at most {maxActiveRuns} are running (max_active_runs of the {(run.BackfillId is null ? "DAG" : "backfill")})"),
            _ => new(true, "its time has come and a place is free"),
        };
    }
}

/// <summary>
/// What a backfill that is not completed says of its queued runs. Once it is completed or cancelled nothing holds a run of it: somebody
/// cleared it to run it, and nobody could let go what a backfill that is over holds.
/// </summary>
/// <param name="BackfillId">Its number.</param>
/// <param name="IsPaused">True: no run of it starts.</param>
/// <param name="StartAt">None before this moment; null: at once.</param>
public sealed record BackfillHold(long BackfillId, bool IsPaused, DateTimeOffset? StartAt);
