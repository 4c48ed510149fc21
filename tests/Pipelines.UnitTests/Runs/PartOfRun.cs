using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

/// <summary>The planner on a part of a run beside the planner on all of it.</summary>
internal static class PartOfRun
{
    /// <summary>What follows from the success of one task instance, told by the part of the run around it; null: the part does not tell.</summary>
    public static Decision? Decide(RunSnapshot run, TaskInstance succeeded, DateTimeOffset now) =>
        Neighbourhood.Of(run.Dag, [new EndedTask(succeeded.TaskId, succeeded.MapIndex, TaskState.Success)]) is { } near ? Planner.DecideAfter(Of(run, near), near, now) : null;

    /// <summary>Fails when the part tells something else than the whole.</summary>
    /// <param name="run">As it is after the success, planned before it.</param>
    /// <param name="succeeded">The task instance that has just succeeded.</param>
    /// <param name="now">The current instant.</param>
    public static void AssertTellsWhatTheWholeTells(RunSnapshot run, TaskInstance succeeded, DateTimeOffset now)
    {
        if (Decide(run, succeeded, now) is not { } told) return;
        var whole = Planner.Decide(run, now);
        Assert.Multiple(() =>
        {
            Assert.That(told.Transitions, Is.EquivalentTo(whole.Transitions));
            Assert.That(whole.Waits, Is.SupersetOf(told.Waits));
            Assert.That(whole.Expansions, Is.Empty);
            Assert.That((told.RunState, told.IsPartial, whole.IsPartial), Is.EqualTo(((DagRunState?)null, false, false)));
            // A deadlock is told a moment later, by the whole.
            if (whole.RunState is not null) Assert.That((whole.RunReason, told.WakeAt), Is.EqualTo((RunOutcome.Deadlock, (DateTimeOffset?)now.AddSeconds(10))));
        });
    }

    // As storage reads it.
    private static RunSnapshot Of(RunSnapshot run, Neighbourhood near)
    {
        var part = run.TaskInstances.Where(instance => near.TaskIds.Contains(instance.TaskId) && (!near.ByMapIndex.Contains(instance.TaskId) || near.MapIndexes.Contains(instance.MapIndex))).ToList();
        return run with
        {
            TaskInstances = part,
            MapLengths = run.MapLengths.Where(length => near.TaskIds.Contains(length.Key)).ToDictionary(),
            Decisions = run.Decisions.Where(decision => part.Exists(instance => instance.Name == decision.Key)).ToDictionary(),
        };
    }
}
