using Pipelines.Engine.Scheduling;
using Pipelines.Model.Dags;
using Pipelines.Model.Timetables;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>When a DAG would run next.</summary>
public static class UpcomingRuns
{
    /// <summary>The next runs in order; fewer, or none, when there are no more.</summary>
    /// <param name="dag">The DAG, published or not.</param>
    /// <param name="last">The interval of its latest scheduled run; null: it never ran.</param>
    /// <param name="now">The moment.</param>
    /// <param name="count">How many at most.</param>
    public static IReadOnlyList<PlannedRun> Of(Dag dag, DataInterval? last, DateTimeOffset now, int count)
    {
        List<PlannedRun> runs = [];
        while (runs.Count < count && dag.Timetable.NextRun(last, RunCreation.Restriction(dag), now) is { } next)
        {
            runs.Add(next);
            last = next.Interval;
        }
        return runs;
    }
}
