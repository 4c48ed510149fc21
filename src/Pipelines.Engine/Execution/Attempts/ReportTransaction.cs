using Pipelines.Engine.Callbacks;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Model.Runs.Readiness;
using Pipelines.Storage;
using Pipelines.Storage.Assets;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>
/// One transaction at the end of attempts: stores under their tokens how they ended, plans their run, grants slots, and claims the next
/// tasks for the workers that became free (the fast lane). So a child starts with the commit that ends its parent, and pools,
/// priorities and limits hold for it as for any other.
/// </summary>
internal sealed class ReportTransaction(Database database, RunPlanning planning, WorkerOptions options, TimeProvider time)
{
    /// <summary>Commits the ends of attempts of one run.</summary>
    /// <returns>One answer per ending, in their order.</returns>
    public Task<IReadOnlyList<ReportAnswer>> CommitAsync(IReadOnlyList<AttemptEnding> endings) =>
        database.InTransactionAsync(tx => CommitAsync(tx, endings));

    private async Task<IReadOnlyList<ReportAnswer>> CommitAsync(Transaction tx, IReadOnlyList<AttemptEnding> endings)
    {
        var now = time.GetUtcNow();
        // The run's lock comes first, as everywhere: whoever plans or clears the run waits for us, or we for them.
        if (await DagRunTable.LockAsync(tx, endings[0].Assignment.Run.Id) is not { } run) return [.. endings.Select(_ => ReportAnswer.Of(accepted: false))];
        var before = await TaskInstanceTable.FindAsync(tx, [.. endings.Select(ending => ending.Assignment.TaskInstance.Id)]);
        var ends = await EndAsync(tx, endings, before, now);
        bool IsAccepted(AttemptEnding ending) => ends.ContainsKey(ending.Assignment.TaskInstance.Id) || IsKnown(ending, before);
        if (ends.Count == 0) return [.. endings.Select(ending => ReportAnswer.Of(IsAccepted(ending)))];

        await OwedCallbacks.OfAttemptsAsync(tx, endings.Where(ending => ends.ContainsKey(ending.Assignment.TaskInstance.Id)).Select(ending => (ending.Assignment, ends[ending.Assignment.TaskInstance.Id], ending.Result.Question)), options.Name, now);
        var skipped = await SkipAsync(tx, run, endings, ends, now);
        var work = await planning.PlanAfterAsync(tx, run, [.. ends.Values.Select(end => Ended(before[end.TaskInstanceId], end.To)), .. skipped.Select(task => Ended(task, TaskState.Skipped))], now);
        work = work.With(new PlannedWork([], [.. skipped.Select(task => task.Id)]));
        var next = await ClaimNextAsync(tx, endings.Count(ending => ending.IsFree), run, now);
        // Last, see there.
        await UpdateAssetsAsync(tx, [.. endings.Where(ending => ends.GetValueOrDefault(ending.Assignment.TaskInstance.Id) is { To: TaskState.Success })], now);
        return Answers(endings, IsAccepted, work, next);
    }

    private static EndedTask Ended(TaskInstance task, TaskState state) => new(task.TaskId, task.MapIndex, state);

    /// <summary>
    /// A report that was committed though the answer to it was lost: nobody else has claimed the task instance, and it no longer runs. What
    /// it had queued is handed over by the tick, if it was not told.
    /// </summary>
    private static bool IsKnown(AttemptEnding ending, IReadOnlyDictionary<long, TaskInstance> stored) =>
        ending.IsSentAgain && stored.TryGetValue(ending.Assignment.TaskInstance.Id, out var task) && task.Token == ending.Assignment.TaskInstance.Token
        && task.State is not (TaskState.Running or TaskState.Restarting);

    /// <summary>Ends those that still hold their task instance, with their last log lines and what they return.</summary>
    private static async Task<IReadOnlyDictionary<long, AttemptEnd>> EndAsync(
        Transaction tx, IReadOnlyList<AttemptEnding> endings, IReadOnlyDictionary<long, TaskInstance> instances, DateTimeOffset now)
    {
        var held = endings
            .Select(ending => (Ending: ending, End: instances.GetValueOrDefault(ending.Assignment.TaskInstance.Id) is { } task && task.Token == ending.Assignment.TaskInstance.Token
                ? EndOf(ending.Assignment, task, ending.Result, now) : null))
            .Where(each => each.End is not null).ToList();
        if (held.Count == 0) return new Dictionary<long, AttemptEnd>();
        await LogTable.AppendEndAsync(tx, [.. held.SelectMany(each => each.Ending.LastLines.With(LogTable.Encode(LastLine(each.End!, now)), each.Ending.Assignment.AttemptId))]);
        await tx.NotifyLogsAsync(held.Select(each => each.Ending.Assignment.AttemptId));
        foreach (var (ending, end) in held.Where(each => each.Ending.Result.ReturnValue is not null && each.End!.From == TaskState.Running))
            await XComTable.PushAsync(tx, end!.TaskInstanceId, end.Token, IXCom.ReturnValue, ending.Result.ReturnValue!, now);
        foreach (var (ending, end) in held.Where(each => each.Ending.Result.Decision is not null && each.End!.From == TaskState.Running))
            await XComTable.PushAsync(tx, end!.TaskInstanceId, end.Token, DownstreamDecision.XComKey, ending.Result.Decision!.ToJson(), now);
        var ended = (await LeaseTable.EndAsync(tx, [.. held.Select(each => each.End!)], now)).ToHashSet();
        foreach (var (ending, end) in held.Where(each => each.End!.To == TaskState.Deferred && ended.Contains(each.End.TaskInstanceId)))
        {
            await TriggerTable.PutAsync(tx, end!.TaskInstanceId, ending.Result.Deferral!, now);
            if (ending.Result.Question is { } question) await HitlDetailTable.AskAsync(tx, ending.Assignment.AttemptId, question, ending.Assignment.Task.Params, now, ending.Result.Deferral!.Timeout);
        }
        return held.Where(each => ended.Contains(each.End!.TaskInstanceId)).ToDictionary(each => each.End!.TaskInstanceId, each => each.End!);
    }

    /// <summary>
    /// Skips what those that succeeded have decided to skip. Here and not by the planner, since it holds for tasks that wait for a worker
    /// and, behind a short circuit, whatever their trigger rules say; after a clear of them the planner goes by what is stored.
    /// </summary>
    /// <returns>Task instances that Hangfire must hear of, as they were.</returns>
    private static async Task<IReadOnlyList<TaskInstance>> SkipAsync(
        Transaction tx, DagRun run, IReadOnlyList<AttemptEnding> endings, IReadOnlyDictionary<long, AttemptEnd> ends, DateTimeOffset now)
    {
        var deciding = endings
            .Where(ending => ending.Result.Decision is not null && ends.GetValueOrDefault(ending.Assignment.TaskInstance.Id) is { To: TaskState.Success }).ToList();
        if (deciding.Count == 0) return [];
        var instances = await TaskInstanceTable.OfRunAsync(tx, run.Id);
        List<PlannedTransition> skips = [.. deciding.SelectMany(ending => ending.Result.Decision!.Transitions(ending.Assignment.Dag, ending.Assignment.Task, ending.Assignment.TaskInstance.MapIndex, instances))];
        await TaskInstanceTable.MoveAsync(tx, skips, now);
        var ids = skips.Select(skip => skip.TaskInstanceId).ToHashSet();
        return [.. instances.Where(instance => ids.Contains(instance.Id))];
    }

    /// <summary>What succeeded has updated its outlets, and DAGs that wait for those may run now.</summary>
    private static async Task UpdateAssetsAsync(Transaction tx, IReadOnlyList<AttemptEnding> succeeded, DateTimeOffset now)
    {
        List<NewAssetEvent> events = [.. succeeded.SelectMany(ending => OutletEvents.Of(ending.Assignment, ending.Result))];
        if (events.Count == 0) return;
        await AssetEventTable.AddAsync(tx, events, now);
        await tx.NotifyAsync(Topic.SchedulerWork, succeeded[0].Assignment.Run.DagId);
    }

    private async Task<Queue<Claimed>> ClaimNextAsync(Transaction tx, int free, DagRun run, DateTimeOffset now)
    {
        var timestamp = time.GetTimestamp();
        var claims = free == 0 ? [] : await LeaseTable.ClaimNextAsync(tx, options.Queues, free, options.Name, options.Lease, now);
        return new(claims.Select(claim => new Claimed(claim, timestamp, claim.TaskInstance.DagRunId == run.Id ? run : null)));
    }

    /// <summary>
    /// Who is free takes a task each. Of what was queued and not taken, Hangfire hears at once of as many as the queue has grown by; the
    /// others took the places of those that were taken, and busy workers are likely to come round to them first.
    /// </summary>
    private static List<ReportAnswer> Answers(IReadOnlyList<AttemptEnding> endings, Func<AttemptEnding, bool> accepted, PlannedWork work, Queue<Claimed> next)
    {
        var taken = next.Select(claimed => claimed.Claim.TaskInstance.Id).ToHashSet();
        var left = work.Queued.Where(id => !taken.Contains(id)).ToList();
        var surplus = Math.Max(0, work.Queued.Count - taken.Count);
        var ended = endings.Select(ending => ending.Assignment.TaskInstance.Id).ToHashSet();
        var whole = new PlannedWork([.. left.Take(surplus)], [.. work.Changed.Where(id => !ended.Contains(id))]);
        var later = left.Skip(surplus).ToList();
        List<ReportAnswer> answers = [];
        foreach (var ending in endings)
        {
            answers.Add(new ReportAnswer(accepted(ending), ending.IsFree && next.TryDequeue(out var first) ? first : null, whole, later));
            // Told once.
            (whole, later) = (PlannedWork.None, []);
        }
        return answers;
    }

    private static AttemptEnd? EndOf(Assignment assignment, TaskInstance task, AttemptResult result, DateTimeOffset now)
    {
        var retry = result.Event == TaskEvent.Failed ? RetryPolicy.Decide(assignment.Task, assignment.Run, task, result.Failure, now) : null;
        if (TaskTransitions.Decide(task.State, retry?.Event ?? result.Event).To is not { } to) return null;
        if (result.Event is TaskEvent.Rescheduled or TaskEvent.Deferred) return LaterOf(task, to, result, now);
        return new AttemptEnd
        {
            TaskInstanceId = task.Id,
            Token = task.Token,
            From = task.State,
            To = to,
            AttemptState = result.AttemptState,
            Error = result.Message,
            Facts = result.Facts,
            Reason = task.State == TaskState.Restarting ? "cleared while it ran" : retry?.Reason ?? result.Message,
            // Cleared while it ran: the next attempt does not wait for a retry delay.
            NextRetryAt = to != TaskState.UpForRetry ? null : task.State == TaskState.Restarting ? now : retry!.NextRetryAt,
        };
    }

    /// <summary>It goes on later; or it was cleared meanwhile, and another begins.</summary>
    private static AttemptEnd LaterOf(TaskInstance task, TaskState to, AttemptResult result, DateTimeOffset now)
    {
        var goesOn = to != TaskState.UpForRetry;
        return new AttemptEnd
        {
            TaskInstanceId = task.Id,
            Token = task.Token,
            From = task.State,
            To = to,
            AttemptState = goesOn ? result.AttemptState : TaskState.Failed,
            Error = goesOn ? null : "cleared while it ran",
            Reason = !goesOn ? "cleared while it ran" : result.IsUnbegun ? result.Message : result.RescheduleDate is { } date ? RescheduleDueRule.Words(date) : $"deferred: {result.Message}",
            RescheduleDate = goesOn ? result.RescheduleDate : null,
            IsUnbegun = goesOn && result.IsUnbegun,
            NextRetryAt = goesOn ? null : now,
        };
    }

    private static LogLine LastLine(AttemptEnd end, DateTimeOffset now)
    {
        var state = StateNames.ToName(end.To);
        var words = end.Reason is null ? state : end.Reason.StartsWith($"{state}: ", StringComparison.Ordinal) ? end.Reason : $"{state}: {end.Reason}";
        return new(now, LevelOf(end), $"Marked {words}");
    }

    private static LogLevel LevelOf(AttemptEnd end) => end.To switch
    {
        TaskState.Failed => LogLevel.Error,
        TaskState.UpForRetry => LogLevel.Warning,
        _ => LogLevel.Info,
    };
}
