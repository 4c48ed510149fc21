using System.Globalization;
using Pipelines.Model.Dags;
using Pipelines.Model.Timetables;

namespace Pipelines.Model.Runs;

/// <summary>What a backfill does with runs that exist already (airflow-semantics.md §18).</summary>
public enum ReprocessBehavior
{
    /// <summary>Leaves them.</summary>
    None,

    /// <summary>Clears failed ones.</summary>
    Failed,

    /// <summary>Clears failed and successful ones.</summary>
    Completed,
}

/// <summary>What a backfill does for one window.</summary>
public enum BackfillAction
{
    /// <summary>A new run.</summary>
    Create,

    /// <summary>The existing run is cleared and keeps its id.</summary>
    Clear,

    /// <summary>Nothing.</summary>
    Skip,
}

/// <summary>A range to backfill.</summary>
/// <param name="From">First logical date, inclusive.</param>
/// <param name="To">Last logical date, inclusive.</param>
/// <param name="Reprocess">What to do with existing runs.</param>
/// <param name="RunBackwards">True: newest first.</param>
public sealed record BackfillRange(DateTimeOffset From, DateTimeOffset To, ReprocessBehavior Reprocess = ReprocessBehavior.None, bool RunBackwards = false);

/// <summary>One window of a backfill.</summary>
/// <param name="Run">Its logical date and data.</param>
/// <param name="Action">What to do.</param>
/// <param name="Reason">Why, in words for the user.</param>
/// <param name="Existing">The run with this logical date; null when there is none.</param>
public sealed record BackfillWindow(PlannedRun Run, BackfillAction Action, string Reason, DagRun? Existing);

/// <summary>A backfill cannot be made. The message says what is wrong and what to do; it is shown to the user as it is.</summary>
/// <param name="message">For the user.</param>
public sealed class BackfillException(string message) : Exception(message);

/// <summary>What a backfill will do; the preview and the backfill itself use the same plan.</summary>
/// <param name="Windows">In the order in which they are to run.</param>
/// <param name="Problem">Why there is nothing to do, in words for the user; null: there is.</param>
public sealed record BackfillPlan(IReadOnlyList<BackfillWindow> Windows, string? Problem)
{
    /// <summary>More are refused: each becomes a run, and all of them are made at once.</summary>
    public const int MaxWindows = 10_000;

    /// <summary>Makes the plan to look at, also when there is nothing to do; see <see cref="Make"/>.</summary>
    /// <exception cref="BackfillException">
    /// The range is upside down, in the future or too long, the DAG has no regular ticks, or tasks that depend on their past forbid it.
    /// </exception>
    public static BackfillPlan Preview(Dag dag, BackfillRange range, IReadOnlyList<DagRun> existing, DateTimeOffset now, IReadOnlyCollection<string>? subset = null)
    {
        Check(dag, range, now);
        CheckPast(dag, range, subset);
        var byDate = existing.Where(run => run.LogicalDate is not null).ToDictionary(run => run.LogicalDate!.Value);
        List<BackfillWindow> windows = [.. Over(dag, range, now)
            .Select(planned => Window(planned, byDate.GetValueOrDefault(planned.LogicalDate), range.Reprocess))
            .Take(MaxWindows + 1)];
        if (windows.Count > MaxWindows) throw new BackfillException(TooLong(dag, range));
        var problem = windows.TrueForAll(window => window.Action == BackfillAction.Skip) ? NothingToDo(dag, range, windows) : null;
        if (range.RunBackwards) windows.Reverse();
        return new(windows, problem);
    }

    /// <summary>Makes the plan.</summary>
    /// <param name="dag">The DAG.</param>
    /// <param name="range">What to backfill.</param>
    /// <param name="existing">Runs of the DAG, at least those with a logical date in the range.</param>
    /// <param name="now">The current instant; windows that are not over are left out.</param>
    /// <exception cref="BackfillException">The range is upside down, in the future or too long, the DAG has no regular ticks, or there is nothing to do.</exception>
    public static BackfillPlan Make(Dag dag, BackfillRange range, IReadOnlyList<DagRun> existing, DateTimeOffset now)
    {
        var plan = Preview(dag, range, existing, now);
        return plan.Problem is null ? plan : throw new BackfillException(plan.Problem);
    }

    private static IEnumerable<PlannedRun> Over(Dag dag, BackfillRange range, DateTimeOffset now) =>
        dag.Timetable.RunsBetween(range.From, range.To).TakeWhile(planned => planned.Interval.End < now);

    private static void Check(Dag dag, BackfillRange range, DateTimeOffset now)
    {
        if (!dag.Timetable.Periodic)
        {
            throw new BackfillException(
                $"DAG '{dag.DagId}' cannot be backfilled: its schedule ({dag.Timetable.Summary}) has no regular ticks. Give it a cron schedule or trigger its runs one by one.");
        }

        if (range.From > range.To)
        {
            throw new BackfillException($"The backfill of DAG '{dag.DagId}' starts ({Text(range.From)}) after it ends ({Text(range.To)}). Swap the two dates.");
        }

        if (range.From > now && range.To > now)
        {
            throw new BackfillException($"The backfill of DAG '{dag.DagId}' from {Text(range.From)} to {Text(range.To)} lies in the future. Choose dates before {Text(now)}.");
        }
    }

    /// <summary>Such tasks wait run for run, so the runs come in order, and a run that failed among them would hold all after it.</summary>
    private static void CheckPast(Dag dag, BackfillRange range, IReadOnlyCollection<string>? subset)
    {
        if (dag.Tasks.FirstOrDefault(task => task.DependsOnPast && (subset is null or { Count: 0 } || subset.Contains(task.TaskId))) is not { } task) return;
        if (range.RunBackwards)
            throw new BackfillException($"The backfill of DAG '{dag.DagId}' cannot run backwards: its task '{task.TaskId}' depends on its past (depends_on_past). Run it forwards.");
        if (range.Reprocess is ReprocessBehavior.None)
            throw new BackfillException($"The backfill of DAG '{dag.DagId}' cannot leave existing runs as they are: its task '{task.TaskId}' depends on its past (depends_on_past). Choose reprocess behavior 'failed' or 'completed'.");
    }

    private static BackfillWindow Window(PlannedRun planned, DagRun? run, ReprocessBehavior reprocess) => run?.State switch
    {
        null => new(planned, BackfillAction.Create, "no run yet", null),
        DagRunState.Queued or DagRunState.Running => new(planned, BackfillAction.Skip, "in flight", run),
        DagRunState.Failed when reprocess is not ReprocessBehavior.None => new(planned, BackfillAction.Clear, "failed before", run),
        DagRunState.Success when reprocess is ReprocessBehavior.Completed => new(planned, BackfillAction.Clear, "succeeded before", run),
        _ => new(planned, BackfillAction.Skip, "already exists", run),
    };

    private static string TooLong(Dag dag, BackfillRange range) =>
        $"The backfill of DAG '{dag.DagId}' from {Text(range.From)} to {Text(range.To)} has more than {MaxWindows} windows. Choose a shorter range, and run the rest after it.";

    private static string NothingToDo(Dag dag, BackfillRange range, List<BackfillWindow> windows)
    {
        var what = $"The backfill of DAG '{dag.DagId}' from {Text(range.From)} to {Text(range.To)} has nothing to do";
        return windows.Count == 0
            ? $"{what}: no window of its schedule ({dag.Timetable.Summary}) lies in the range and is over. Widen the range."
            : $"{what}: {windows.Count(window => window.Reason == "in flight")} runs are in flight and "
                + $"{windows.Count(window => window.Reason == "already exists")} exist. Wait for the first, or run the others again with reprocess behavior 'failed' or 'completed'.";
    }

    private static string Text(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);
}
