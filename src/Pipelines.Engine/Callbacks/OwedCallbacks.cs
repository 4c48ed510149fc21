using Pipelines.Engine.Execution.Attempts;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Dags;
using Pipelines.Model.Hitl;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Callbacks;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Callbacks;

/// <summary>
/// Stores which callbacks follow from an end, in the transaction of that end, so that neither can be without the other (airflow-semantics.md §6,
/// §16). A task or DAG without callbacks costs no statement.
/// </summary>
internal static class OwedCallbacks
{
    /// <summary>Of attempts that their worker has reported, with what they ask people.</summary>
    public static Task OfAttemptsAsync(Transaction tx, IEnumerable<(Assignment Assignment, AttemptEnd End, HitlQuestion? Question)> ended, string worker, DateTimeOffset now) => CallbackTable.AddAsync(tx, [.. ended
        .Select(each => Owed(each.Assignment.Task, each.Assignment.Run, each.Assignment.TaskInstance, CallbackRules.AfterAttempt(each.End.To, each.Question is not null), each.End.To, each.End.Error, worker, now) is { } owed
            ? owed with { Moment = owed.Moment with { Question = each.Question }, Token = each.End.Token, Queue = each.Assignment.Task.Queue } : null)
        .OfType<NewCallback>()], now);

    /// <summary>Of an attempt whose worker is heard of no more; any worker may tell of it.</summary>
    public static Task OfLostAttemptAsync(Transaction tx, DagTask task, DagRun run, TaskInstance instance, AttemptEnd end, string worker, DateTimeOffset now) =>
        CallbackTable.AddAsync(tx, Owed(task, run, instance, CallbackRules.AfterAttempt(end.To), end.To, end.Error, worker, now) is { } owed ? [owed] : [], now);

    /// <summary>Of task instances that the engine or a person has ended.</summary>
    /// <param name="tx">The transaction.</param>
    /// <param name="dag">The version of the run.</param>
    /// <param name="run">The run.</param>
    /// <param name="stopped">As they were, with the state they are in now and why.</param>
    /// <param name="now">The current instant.</param>
    public static Task OfStoppedAsync(Transaction tx, Dag dag, DagRun run, IEnumerable<(TaskInstance Before, TaskState To, string Why)> stopped, DateTimeOffset now) => CallbackTable.AddAsync(tx, [.. stopped
        .Select(each => dag.TasksById.GetValueOrDefault(each.Before.TaskId) is { } task ? Owed(task, run, each.Before, CallbackRules.AfterStop(each.Before.State, each.To), each.To, each.Why, null, now) : null)
        .OfType<NewCallback>()], now);

    /// <summary>Of what the planner has decided: tasks that it stopped, and the end of the run.</summary>
    public static async Task OfDecisionAsync(Transaction tx, RunSnapshot snapshot, Decision decision, DateTimeOffset now)
    {
        var stops = decision.Transitions.Where(move => CallbackRules.AfterStop(move.From, move.To) is not null).ToDictionary(move => move.TaskInstanceId);
        var stopped = stops.Count == 0 ? [] : snapshot.TaskInstances.Where(instance => stops.ContainsKey(instance.Id));
        await OfStoppedAsync(tx, snapshot.Dag, snapshot.Run, stopped.Select(instance => (instance with { State = stops[instance.Id].From }, stops[instance.Id].To, stops[instance.Id].Reason)), now);
        if (decision.RunState is { } ended) await OfRunAsync(tx, snapshot, decision, ended, now);
    }

    private static Task OfRunAsync(Transaction tx, RunSnapshot snapshot, Decision decision, DagRunState ended, DateTimeOffset now)
    {
        var kind = CallbackRules.AfterRun(ended);
        if (snapshot.Dag.Callbacks.Of(kind) is not { Count: > 0 } notifiers) return Task.CompletedTask;
        var last = Last(snapshot, decision, now);
        var moment = new CallbackMoment(kind)
        {
            TaskId = last?.TaskId,
            MapIndex = last?.MapIndex ?? -1,
            State = last?.State,
            TryNumber = last?.TryNumber ?? 0,
            MaxTries = last?.MaxTries ?? 0,
            StartDate = last?.StartDate,
            EndDate = last?.EndDate,
            Reason = decision.RunReason,
            RunState = ended,
        };
        return CallbackTable.AddAsync(tx, [new NewCallback(snapshot.Run.Id, snapshot.Run.DagVersionId, moment, notifiers.Count)], now);
    }

    /// <summary>The task instance that ended last; of a run that failed by a task the one that failed last.</summary>
    private static TaskInstance? Last(RunSnapshot snapshot, Decision decision, DateTimeOffset now)
    {
        var moved = decision.Transitions.ToLookup(move => move.TaskInstanceId);
        var ended = snapshot.TaskInstances
            .Select(instance => moved[instance.Id].LastOrDefault() is { } move ? instance with { State = move.To, EndDate = now } : instance)
            .Where(instance => instance.State is TaskState.Success or TaskState.Failed or TaskState.Skipped or TaskState.UpstreamFailed).ToList();
        var failed = decision.RunReason == RunOutcome.TaskFailure ? ended.FindAll(instance => instance.State == TaskState.Failed) : [];
        return (failed.Count > 0 ? failed : ended).MaxBy(instance => (instance.EndDate, instance.Id));
    }

    private static NewCallback? Owed(DagTask task, DagRun run, TaskInstance instance, CallbackKind? kind, TaskState to, string? error, string? worker, DateTimeOffset now)
    {
        if (kind is not { } called || task.Callbacks.Of(called) is not { Count: > 0 } notifiers) return null;
        var moment = new CallbackMoment(called)
        {
            TaskId = instance.TaskId,
            MapIndex = instance.MapIndex,
            State = to,
            TryNumber = instance.TryNumber,
            MaxTries = instance.MaxTries,
            StartDate = instance.StartDate,
            EndDate = to == TaskState.Deferred ? null : now,
            Hostname = worker,
            // As in Airflow a skip is no exception.
            Exception = called is CallbackKind.OnFailureCallback or CallbackKind.OnRetryCallback ? error : null,
        };
        return new NewCallback(run.Id, run.DagVersionId, moment, notifiers.Count) { TaskInstanceId = instance.Id, Token = instance.Token };
    }
}
