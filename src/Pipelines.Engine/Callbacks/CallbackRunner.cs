using System.Globalization;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Callbacks;
using Pipelines.Storage.Runs;
using LogLevel = Pipelines.Model.Activities.LogLevel;

namespace Pipelines.Engine.Callbacks;

/// <summary>
/// Calls the notifiers of a callback that is owed, in their order and each whatever became of the others; errors are told in the log and go no
/// further. Each is called at least once: what was under way when a worker died is done again by another.
/// </summary>
internal sealed class CallbackRunner(Database database, ActivityCatalog catalog, DagVersions versions, WorkerOptions options, TimeProvider time, OuterSecrets? outer = null)
{
    /// <summary>When a delivery that failed for the moment is tried again, from failure to failure; then it is given up.</summary>
    public static readonly IReadOnlyList<TimeSpan> Delays = [TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(2)];

    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(1);

    // For what comes before and after the notifier itself.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    // A worker that stops has given its tasks their grace before: another tells what this one does not get done.
    private readonly NotifierCall _call = new(database, catalog, versions, options with { StopGrace = Least(options.StopGrace, 5), CancelGrace = Least(options.CancelGrace, 2) }, time);

    /// <summary>Takes what is due for this worker.</summary>
    public Task<IReadOnlyList<OwedCallback>> TakeAsync(int limit, CancellationToken cancellation) =>
        database.InTransactionAsync(tx => CallbackTable.TakeAsync(tx, options.Queues, limit, time.GetUtcNow(), time.GetUtcNow() + Slack), cancellation);

    /// <summary>Takes what is due of one run; null: nothing is.</summary>
    public Task<OwedCallback?> TakeOfRunAsync(long dagRunId) =>
        database.InTransactionAsync(tx => CallbackTable.TakeOfRunAsync(tx, dagRunId, time.GetUtcNow(), time.GetUtcNow() + Slack));

    /// <summary>Does what is left to do of it.</summary>
    /// <param name="owed">As it was taken.</param>
    /// <param name="stopping">The worker stops: the rest is given back.</param>
    /// <exception cref="Exception">The database does not answer; another worker takes it soon.</exception>
    public async Task RunAsync(OwedCallback owed, CancellationToken stopping)
    {
        if (await database.PatientlyAsync(tx => DagRunQueries.FindAsync(tx, owed.DagRunId), time, CancellationToken.None) is not { } run) return;
        var secrets = new SeenSecrets(outer);
        await using var log = new TaskLog(LogOf(owed, run), secrets, time, owed.TaskInstanceId is null ? new TaskLogLimits { FlushEvery = TimeSpan.FromDays(1) } : null);
        var left = await TellAsync(owed, run, secrets, log, stopping);
        await log.EndAsync(CancellationToken.None);
        await database.PatientlyAsync(tx => left.Places.Count == 0 ? CallbackTable.EndAsync(tx, owed) : CallbackTable.PutOffAsync(tx, owed, left.Places, left.Tries, left.At), time, CancellationToken.None);
    }

    private static TimeSpan Least(TimeSpan one, int seconds) => one < TimeSpan.FromSeconds(seconds) ? one : TimeSpan.FromSeconds(seconds);

    private ILogStore LogOf(OwedCallback owed, DagRun run) => owed is { TaskInstanceId: { } id, Token: { } token } ? new EndedAttemptLog(database, id, token) : new RunCallbackLog(database, run, owed.Moment, time);

    private async Task<Left> TellAsync(OwedCallback owed, DagRun run, SeenSecrets secrets, TaskLog log, CancellationToken stopping)
    {
        if (await ReadAsync(owed, run, log) is not (var assignment, { } notifiers)) return new Left(owed.Todo, owed.Tries, time.GetUtcNow() + MissingActivity.Again);
        List<int> again = [];
        var (at, tries) = (time.GetUtcNow(), owed.Tries);
        foreach (var (index, place) in owed.Todo.Where(place => place < notifiers.Count).Index())
        {
            List<int> rest = [.. again, .. owed.Todo.Skip(index)];
            if (stopping.IsCancellationRequested) return new Left(rest, owed.Tries, time.GetUtcNow());
            var notifier = notifiers[place];
            var name = CallbackWords.Name(owed.Moment, place, notifiers.Count, notifier);
            if (catalog.Activity(notifier.ActivityType) is null && MayWait(owed, run))
            {
                log.Write(LogLevel.Warning, $"{name} waits: worker {options.Name} does not know the activity '{notifier.ActivityType}'. Put its plugin into the plugins folder of every host.");
                again.Add(place);
                at = time.GetUtcNow() + MissingActivity.Again;
                continue;
            }
            if (!await database.PatientlyAsync(tx => CallbackTable.PutOffAsync(tx, owed, rest, owed.Tries, time.GetUtcNow() + notifier.Timeout + options.CancelGrace + Slack), time, CancellationToken.None))
                return Left.Nothing;
            var result = await _call.RunAsync(assignment!, notifier, secrets, log, CancellationToken.None, stopping);
            if (result.Event == TaskEvent.HandedBack) return new Left(rest, owed.Tries, time.GetUtcNow());
            if (Say(log, owed, name, Redelivery(owed, notifier, result), result) is not { } next) continue;
            again.Add(place);
            (at, tries) = (next > at ? next : at, owed.Tries + 1);
        }

        return new Left(again, tries, at);
    }

    /// <summary>What this worker lacks may be on its way here, but not for ever.</summary>
    private bool MayWait(OwedCallback owed, DagRun run) => time.GetUtcNow() - (owed.Moment.EndDate ?? run.EndDate ?? run.QueuedAt) < LongestWait;

    /// <summary>Null: it has told, or is given up.</summary>
    private DateTimeOffset? Say(TaskLog log, OwedCallback owed, string name, TimeSpan? redelivery, AttemptResult result)
    {
        if (result.Event != TaskEvent.Failed)
        {
            log.Write(LogLevel.Info, $"{name}: {(result.Message is { } message ? $"left undone: {message}" : "done.")}");
            return null;
        }

        if (redelivery is not { } delay)
        {
            log.Write(LogLevel.Error, $"{name} failed{(owed.Tries == 0 ? "" : $" again and is given up after {owed.Tries + 1} tries")}; the state of the {(owed.TaskInstanceId is null ? "run" : "task")} stays as it is: {result.Message}");
            return null;
        }

        var next = time.GetUtcNow() + delay;
        log.Write(LogLevel.Warning, string.Create(CultureInfo.InvariantCulture, $"{name} failed and is tried again at {next.UtcDateTime:HH:mm:ss} UTC: {result.Message}"));
        return next;
    }

    private TimeSpan? Redelivery(OwedCallback owed, Notifier notifier, AttemptResult result)
    {
        if (owed.Tries >= Delays.Count || result.Failure is { Retryable: false } || catalog.Find(notifier.ActivityType) is not { Notifies: NotifierUse.Redelivered }) return null;
        var delay = result.Failure?.RetryAfter is { } wanted && wanted > Delays[owed.Tries] ? wanted : Delays[owed.Tries];
        return delay < LongestDelay ? delay : LongestDelay;
    }

    /// <summary>What it is about. Of a DAG that this program cannot read nobody can be told; that is in the log. No list: it may be able to later, or another worker is.</summary>
    private async Task<(Assignment? Assignment, IReadOnlyList<Notifier>? Notifiers)> ReadAsync(OwedCallback owed, DagRun run, TaskLog log)
    {
        try
        {
            var dag = await database.PatientlyAsync(tx => versions.OfRunAsync(tx, run with { DagVersionId = owed.DagVersionId }), time, CancellationToken.None);
            var task = owed.Moment.TaskId is { } taskId ? dag.TasksById.GetValueOrDefault(taskId) : null;
            var notifiers = (owed.TaskInstanceId is null ? dag.Callbacks : task?.Callbacks ?? CallbackLists.None).Of(owed.Moment.Kind);
            return (AssignmentOf(owed, run, dag, task ?? dag.Tasks[0]), notifiers);
        }
        catch (DagUnreadableException error) when (error.MayPass && MayWait(owed, run))
        {
            log.Write(LogLevel.Warning, $"{StateNames.ToName(owed.Moment.Kind)} waits: {error.Message}");
            return (null, null);
        }
        catch (Exception error) when (error is DagUnreadableException or InvalidOperationException)
        {
            log.Write(LogLevel.Error, $"{StateNames.ToName(owed.Moment.Kind)} is given up: {error.Message}");
            return (null, []);
        }
    }

    private Assignment AssignmentOf(OwedCallback owed, DagRun run, Dag dag, DagTask task)
    {
        var moment = owed.Moment;
        var instance = new TaskInstance
        {
            Id = owed.TaskInstanceId ?? 0,
            DagRunId = run.Id,
            TaskId = task.TaskId,
            MapIndex = moment.MapIndex,
            State = moment.State ?? TaskState.None,
            TryNumber = moment.TryNumber,
            MaxTries = moment.MaxTries,
            Token = owed.Token ?? 0,
            StartDate = moment.StartDate ?? time.GetUtcNow(),
            EndDate = moment.EndDate,
        };
        return new Assignment(instance, 0, moment.RunState is { } ended ? run with { State = ended } : run, dag, task) { Callback = moment, ConfOverridesParams = options.ConfOverridesParams, TaskUrl = options.TaskUrl };
    }

    /// <summary>What is to be done later, and when.</summary>
    private sealed record Left(IReadOnlyList<int> Places, int Tries, DateTimeOffset At)
    {
        public static Left Nothing { get; } = new([], 0, default);
    }
}
