using Pipelines.Engine.Callbacks;
using Pipelines.Engine.Telemetry;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>Applies <see cref="Planner.Decide(RunSnapshot, DateTimeOffset)"/> to a stored run.</summary>
public sealed class RunPlanning(DagVersions versions, SlotGranting slots)
{
    private const int SampleOfUnfinished = 64;
    private const int MostRounds = 100;
    private static readonly TimeSpan ReasonsMayLag = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Plans a run and grants slots, in the caller's transaction: a worker's report, an operation or a tick. Locks the run, so the
    /// caller must not hold a task instance of it without having locked the run first.
    /// </summary>
    /// <returns>What to tell Hangfire after the commit.</returns>
    /// <exception cref="DagUnreadableException">This program cannot compile the run's DAG version.</exception>
    public async Task<PlannedWork> PlanAsync(Transaction tx, long dagRunId, DateTimeOffset now) =>
        await PlanLockedAsync(tx, await DagRunTable.LockAsync(tx, dagRunId), now, []);

    /// <summary>As above, without granting slots.</summary>
    /// <param name="tx">The caller's transaction, which has locked the run.</param>
    /// <param name="run">The run.</param>
    /// <param name="now">The current instant.</param>
    /// <returns>Task instances that Hangfire must hear of.</returns>
    internal Task<IReadOnlyList<long>> PlanWithoutSlotsAsync(Transaction tx, DagRun run, DateTimeOffset now) => ChangeAsync(tx, run, now, []);

    /// <summary>As <see cref="PlanAsync"/>, after attempts of the run have ended: without reading the whole run where a part of it tells what follows.</summary>
    /// <param name="tx">The caller's transaction, which has locked the run.</param>
    /// <param name="run">The run.</param>
    /// <param name="ended">What has ended.</param>
    /// <param name="now">The current instant.</param>
    public async Task<PlannedWork> PlanAfterAsync(Transaction tx, DagRun run, IReadOnlyCollection<EndedTask> ended, DateTimeOffset now)
    {
        if (run.State != DagRunState.Running || versions.Known(run) is not { } dag || Neighbourhood.Of(dag, ended) is not { } near || !await FollowAsync(tx, dag, run, near, ended, now))
            return await PlanLockedAsync(tx, run, now, ended);
        await PastRuns.TellAsync(tx, dag, run, ended.Select(task => task.TaskId));
        await tx.NotifyRunAsync(run.Id, run.DagId);
        return new PlannedWork(await slots.GrantAsync(tx, now), []);
    }

    /// <summary>False: the whole run is to be planned.</summary>
    private static async Task<bool> FollowAsync(Transaction tx, Dag dag, DagRun run, Neighbourhood near, IReadOnlyCollection<EndedTask> ended, DateTimeOffset now)
    {
        if (near.Children.Count == 0 || !near.IsSmall)
        {
            if (await IsWithoutRepercussionAsync(tx, dag, run, near, ended))
            {
                // What their children wait for has changed all the same; people may read that a moment later.
                await DagRunTable.WakeByAsync(tx, run.Id, now + ReasonsMayLag);
                return true;
            }

            if (near.Children.Count == 0) return false;
        }

        var part = await SnapshotAsync(tx, dag, run, await TaskInstanceTable.OfTasksAsync(tx, run.Id, near));
        if (Planner.DecideAfter(part, near, now) is not { } decision) return false;
        await ApplyAsync(tx, part, decision, now);
        if (decision.WakeAt is { } wakeAt) await DagRunTable.WakeByAsync(tx, run.Id, wakeAt);
        return true;
    }

    private static async Task<bool> IsWithoutRepercussionAsync(Transaction tx, Dag dag, DagRun run, Neighbourhood near, IReadOnlyCollection<EndedTask> ended)
    {
        if (run.BackfillId is not null) return false;
        var (unfinished, there) = await TaskInstanceTable.GlanceAsync(tx, run.Id, SampleOfUnfinished, near.Children.Select(child => child.TaskId).Distinct(StringComparer.Ordinal));
        return !Repercussion.Any(dag, ended.Select(task => task.TaskId), unfinished, there.Contains);
    }

    private async Task<PlannedWork> PlanLockedAsync(Transaction tx, DagRun? run, DateTimeOffset now, IReadOnlyCollection<EndedTask> ended)
    {
        var changed = run is { State: DagRunState.Running } ? await ChangeAsync(tx, run, now, ended) : [];
        return new PlannedWork(await slots.GrantAsync(tx, now), changed);
    }

    private async Task<IReadOnlyList<long>> ChangeAsync(Transaction tx, DagRun run, DateTimeOffset now, IReadOnlyCollection<EndedTask> ended)
    {
        IReadOnlyList<string> failedNow = [.. ended.Where(task => task.State == TaskState.Failed).Select(task => task.TaskId)];
        List<PlannedTransition> moves = [];
        for (var round = 0; round < MostRounds; round++)
        {
            var snapshot = await SnapshotAsync(tx, run, failedNow);
            var decision = Planner.Decide(snapshot, now);
            await ApplyAsync(tx, snapshot, decision, now);
            await EndOrWakeAsync(tx, run, decision, now);
            await OwedCallbacks.OfDecisionAsync(tx, snapshot, decision, now);
            moves.AddRange(decision.Transitions);
            await ExpandAsync(tx, snapshot.Dag, run, decision);
            if (!decision.IsPartial) return await EndAsync(tx, run, snapshot, decision, moves, ended);
        }

        throw new InvalidOperationException($"The mapped tasks of run '{run.RunId}' of DAG '{run.DagId}' do not come to rest after {MostRounds} rounds.");
    }

    private static async Task<IReadOnlyList<long>> EndAsync(
        Transaction tx, DagRun run, RunSnapshot snapshot, Decision decision, List<PlannedTransition> moves, IReadOnlyCollection<EndedTask> ended)
    {
        if (decision is { RunState: DagRunState.Failed, RunReason: RunOutcome.TaskFailure } && snapshot.Dag.MaxConsecutiveFailedDagRuns is > 0 and var most)
            await FailedRunTable.AddAsync(tx, new UnseenFailure(run.DagId, run.RunId, most));
        await PastRuns.TellAsync(tx, snapshot.Dag, run, ended.Select(task => task.TaskId).Concat(snapshot.EndedBy(moves)));
        await tx.NotifyRunAsync(run.Id, run.DagId);
        return [.. moves.Where(move => move.To != TaskState.Scheduled).Select(move => move.TaskInstanceId).Distinct()];
    }

    /// <summary>All that the planner looks at.</summary>
    /// <param name="tx">The caller's transaction; who acts on the answer has locked the run.</param>
    /// <param name="run">The run.</param>
    /// <param name="failedNow">Tasks whose last attempt has just failed.</param>
    /// <exception cref="DagUnreadableException">This program cannot compile the run's DAG version.</exception>
    internal async Task<RunSnapshot> SnapshotAsync(Transaction tx, DagRun run, params IReadOnlyList<string> failedNow)
    {
        var dag = await versions.OfRunAsync(tx, run);
        // What a failure stops no worker may claim meanwhile.
        var instances = dag.FailFast && failedNow.Count > 0 ? await TaskInstanceTable.LockOfRunAsync(tx, run.Id) : await TaskInstanceTable.OfRunAsync(tx, run.Id);
        return await SnapshotAsync(tx, dag, run, instances) with { FailedNow = failedNow };
    }

    private static async Task<RunSnapshot> SnapshotAsync(Transaction tx, Dag dag, DagRun run, IReadOnlyList<TaskInstance> instances)
    {
        var stored = await DagTable.FindAsync(tx, run.DagId);
        var backfill = run.BackfillId is { } id ? await BackfillTable.FindAsync(tx, id) : null;
        return new RunSnapshot(dag, run, instances, stored!.IsPaused)
        {
            Subset = backfill?.TaskIds ?? [],
            Decisions = await RunDecisions.OfAsync(tx, dag, run, instances),
            MapLengths = await MapLengths.OfAsync(tx, dag, run, instances),
            Previous = await PastRuns.BeforeAsync(tx, dag, run),
        };
    }

    /// <summary>Gives mapped tasks their task instances.</summary>
    internal static async Task ExpandAsync(Transaction tx, Dag dag, DagRun run, Decision decision)
    {
        foreach (var expansion in decision.Expansions) await TaskInstanceTable.ExpandAsync(tx, run.Id, dag.TasksById[expansion.TaskId], expansion);
    }

    private static async Task ApplyAsync(Transaction tx, RunSnapshot before, Decision decision, DateTimeOffset now)
    {
        if (decision.Transitions.Count > 0) await TaskInstanceTable.MoveAsync(tx, decision.Transitions, now);
        if (decision.Waits.Count == 0) return;
        // Of ten thousand tasks that wait, an end gives few another reason.
        var reasons = before.TaskInstances.ToDictionary(instance => instance.Id, instance => instance.Reason);
        await TaskInstanceTable.SetReasonsAsync(tx, [.. decision.Waits.Where(wait => wait.Reason != reasons[wait.TaskInstanceId])]);
    }

    private static async Task EndOrWakeAsync(Transaction tx, DagRun run, Decision decision, DateTimeOffset now)
    {
        if (decision.RunState is { } ended)
        {
            await DagRunTable.FinishAsync(tx, run.Id, ended, decision.RunReason, now);
            tx.AfterCommit(() => EngineMeter.RunEnded(run, ended, now));
            // A finished run makes room under max_active_runs, which is the scheduler's to fill.
            await tx.NotifyAsync(Topic.SchedulerWork, run.DagId);
        }
        else
        {
            await DagRunTable.SetWakeAsync(tx, run.Id, decision.WakeAt);
        }
    }
}
