using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Engine.Execution.Transport;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Engine.Telemetry;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;
using LogLevel = Pipelines.Model.Activities.LogLevel;

namespace Pipelines.Engine.Execution;

/// <summary>
/// Runs attempts of task instances, from claim to report: the one that it is given, and with the fast lane those that are ready when it has
/// ended, one after the other. Of Hangfire it knows no more than that a record is owed.
/// </summary>
internal sealed class TaskRunner
{
    // The report of work that is done is worth the wait for a database that fails over; who no longer holds the task is refused at once.
    private static readonly TimeSpan ReportPatience = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    private readonly Database _database;
    private readonly ITaskQueue _queue;
    private readonly WorkerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger<TaskRunner> _logger;
    private readonly LateRecords? _late;
    private readonly OuterSecrets? _outer;
    private readonly ActivityCall _call;
    private readonly Claims _claims;
    private readonly StrayClaims _strays;
    private readonly AttemptReports _reports;

    /// <param name="late">The fast lane: is told of task instances that Hangfire did not bring. Null: there is no fast lane.</param>
    /// <param name="outer">Where secrets are looked for first; null: nowhere but in environment and database.</param>
    public TaskRunner(
        Database database, ActivityCatalog catalog, DagVersions versions, RunPlanning planning, ITaskQueue queue, WorkerOptions options, TimeProvider time,
        ILogger<TaskRunner> logger, LateRecords? late = null, OuterSecrets? outer = null)
    {
        (_database, _queue, _options, _time, _logger, _late, _outer) = (database, queue, options, time, logger, late, outer);
        var triggering = new RunTriggering(database, new TriggerDagRun(database, versions, time), new ClearTaskInstances(database, catalog, versions, planning, queue, time), time);
        _call = new ActivityCall(database, catalog, versions, triggering, options, time);
        var leases = new Leases(database, options, time);
        _claims = new Claims(database, versions, leases, options, time);
        _strays = new StrayClaims(database, planning, leases, queue, options, time, logger);
        _reports = new AttemptReports(new ReportTransaction(database, planning, options, time).CommitAsync, _strays.LookSoon);
    }

    /// <summary>The life of an attempt, and of those that follow it in the fast lane.</summary>
    /// <param name="taskInstanceId">A queued task instance; any other is left alone.</param>
    /// <param name="changed">Something happened to it: ask the database at once whether this attempt may go on.</param>
    /// <param name="stopping">The worker stops: what runs is handed back, and nothing else is taken.</param>
    /// <returns>What became of the first.</returns>
    public async Task<AttemptSummary> RunAsync(long taskInstanceId, CancellationToken changed, CancellationToken stopping)
    {
        if (stopping.IsCancellationRequested) return AttemptSummary.Of("the worker is stopping; the task stays queued");
        var tellings = new Tellings();
        var (summary, next) = await TryTakeAsync(() => _claims.TakeAsync(taskInstanceId, changed)) is { } first
            ? await RunAsync(first, tellings, stopping)
            : (AttemptSummary.Of("nothing to run: the task was cleared, marked or taken meanwhile"), await NextAsync(stopping));
        // Hangfire's thread stays here, so that a worker never runs more tasks than it has threads; the first one's record is written behind.
        if (next is not null) _late?.Write(taskInstanceId);
        while (next is { Assignment.TaskInstance.Id: var id } held)
        {
            (_, next) = await RunAsync(held, tellings, stopping);
            _late?.Write(id);
        }
        await tellings.DoneAsync();
        return summary;
    }

    /// <summary>
    /// For a thread whose task another one has taken: in exchange it takes whoever is first in turn. Otherwise it would idle while few
    /// threads take all there is, since Hangfire hears of no more tasks than these can be late with.
    /// </summary>
    private async Task<Held?> NextAsync(CancellationToken stopping) =>
        _late is null || stopping.IsCancellationRequested ? null : await HoldAsync(await TryTakeAsync(_claims.NextAsync));

    /// <summary>Null: nothing was claimed, or it cannot be run. A claim about which the database does not tell is handed back.</summary>
    private async Task<Held?> HoldAsync(Claimed? claimed)
    {
        if (claimed is null) return null;
        var id = claimed.Claim.TaskInstance.Id;
        _late?.Write(id);
        try
        {
            return await _claims.HoldAsync(claimed, CancellationToken.None);
        }
        catch (Exception error)
        {
            var (trace, words) = DatabaseTrouble.ForLog(error);
            _logger.LogError(trace, "Task instance {Id} was claimed, but what it is about could not be read: {Error}. It is handed back to its queue and no try is used up", id, words);
            _strays.LookSoon();
            return null;
        }
    }

    private async Task<T?> TryTakeAsync<T>(Func<Task<T?>> take)
        where T : class
    {
        try
        {
            return await take();
        }
        catch (Exception)
        {
            // The claim may have been committed all the same.
            _strays.LookSoon();
            throw;
        }
    }

    private async Task<(AttemptSummary Summary, Held? Next)> RunAsync(Held held, Tellings tellings, CancellationToken stopping)
    {
        using var lease = held.Lease;
        var secrets = new SeenSecrets(_outer);
        await using var log = new TaskLog(new AttemptLog(_database, held.Assignment), secrets, _time);
        var (result, answer) = await RunAsync(held, secrets, log, stopping);
        HandOver(answer, tellings);
        // At once: nobody renews its lease before.
        var next = await HoldAsync(answer.Next);
        if (answer.Accepted) return (AttemptSummary.Of(result), next);
        await TryAsync("say in the log that the attempt was refused", _options.Lease, async () =>
        {
            await log.RefusedAsync(CancellationToken.None);
            return true;
        });
        return (AttemptSummary.Of("the result was refused: the attempt no longer held the task"), next);
    }

    private async Task<(AttemptResult Result, ReportAnswer Answer)> RunAsync(Held held, SeenSecrets secrets, TaskLog log, CancellationToken stopping)
    {
        var (assignment, lease) = held;
        using var watch = AttemptWatch.Begin(assignment, _logger);
        log.Write(LogLevel.Info, $"{assignment.Key}: attempt {assignment.TaskInstance.TryNumber} of {assignment.TaskInstance.MaxTries + 1} {(assignment.TaskInstance.AttemptGoesOn ? "goes on " : "")}on worker {_options.Name}");
        // It may have been claimed while the stop came.
        var result = stopping.IsCancellationRequested ? AttemptResult.HandedBack(_options.Name) : await _call.RunAsync(assignment, watch, secrets, log, lease.Lost, stopping);
        if (result.IsLost && lease.HasRunOut) result = AttemptResult.RanOut(_options.Name, _options.Lease);
        watch.End(result);
        return await ReportAsync(assignment, result, await CloseLogAsync(log, result), stopping);
    }

    private async Task<LastLines> CloseLogAsync(TaskLog log, AttemptResult result)
    {
        if (result.Message is { } message) log.Write(result.Event == TaskEvent.Failed ? LogLevel.Error : LogLevel.Info, message);
        return await TryAsync("write the end of the log", _options.Lease, () => log.CloseAsync(CancellationToken.None)) ?? new LastLines([]);
    }

    private async Task<(AttemptResult Result, ReportAnswer Answer)> ReportAsync(Assignment assignment, AttemptResult result, LastLines lines, CancellationToken stopping)
    {
        using var step = AttemptWatch.Step("report");
        var (sent, refused) = (0, 0);
        var answer = await TryAsync("report the end of the attempt", ReportPatience, async () =>
        {
            try
            {
                return await _reports.SendAsync(new AttemptEnding(assignment, result, lines, IsFree: _late is not null && !stopping.IsCancellationRequested) { IsSentAgain = sent++ > 0 });
            }
            catch (Exception error) when (!DatabaseTrouble.MayPass(error) && ++refused == 2)
            {
                // Once may be an accident. What the database will not have however often it is asked must not be done again for ever.
                (result, lines) = (AttemptResult.Unstorable(error), new LastLines([]));
                throw;
            }
        });
        if (answer is null) _strays.Leave(new Hold(assignment.TaskInstance.Id, assignment.TaskInstance.Token));
        return (result, answer ?? ReportAnswer.Of(accepted: false));
    }

    private void HandOver(ReportAnswer answer, Tellings tellings)
    {
        _late?.WriteUnlessTaken(answer.Later);
        if (answer.Work.IsNone) return;
        tellings.Start(() => TryAsync("hand over the next tasks", _options.Lease, async () =>
        {
            await answer.Work.HandOverAsync(_queue);
            return true;
        }));
    }

    /// <summary>
    /// Tries again for a while. After that the scheduler heals: it takes an unreported attempt for lost, and hands over queued tasks that
    /// nobody claims.
    /// </summary>
    private async Task<T?> TryAsync<T>(string what, TimeSpan patience, Func<Task<T>> action)
    {
        var began = _time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause < LongestPause ? pause * 2 : pause)
        {
            try
            {
                return await action();
            }
            catch (Exception error)
            {
                var (trace, words) = DatabaseTrouble.ForLog(error);
                _logger.LogWarning(trace, "Could not {What}: {Error}", what, words);
                if (_time.GetElapsedTime(began) + pause >= patience) return default;
                await Task.Delay(pause, _time);
            }
        }
    }
}
