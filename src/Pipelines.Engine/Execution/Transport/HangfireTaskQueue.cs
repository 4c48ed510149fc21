using Hangfire;
using Hangfire.Common;
using Hangfire.PostgreSql;
using Hangfire.States;
using Hangfire.Storage;
using Microsoft.Extensions.Logging;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// Brings Hangfire's jobs in line with the stored task instances. It changes jobs through a client of its own whose only filter is the
/// Retries page, so nothing here can be mistaken for a person who presses a button.
/// </summary>
internal sealed class HangfireTaskQueue : ITaskQueue, IDisposable
{
    // A job that was made for a task instance but never given to it goes by itself.
    private static readonly TimeSpan UnusedJobLife = TimeSpan.FromHours(1);
    // Jobs are held for milliseconds, and for a minute where who held one died.
    private static readonly TimeSpan WhileHeld = TimeSpan.FromMilliseconds(200);
    private const int WaitsWhileHeld = 5;

    private readonly HangfireFilters _filters = new(new RetriesPage());
    private readonly Database _database;
    private readonly TransportStorage _storage;
    private readonly RefusedRecords _refused;
    private readonly HeldJobs _held;

    public HangfireTaskQueue(Database database, TransportStorage storage, ILogger<HangfireTaskQueue> log)
    {
        (_database, _storage, _refused) = (database, storage, new RefusedRecords(log));
        _held = new HeldJobs(async (ids, cancellation) => IdsOf((await AlignOnceAsync(await ReadAsync(ids, cancellation), cancellation)).Left), log);
    }

    public void Dispose() => _held.Dispose();

    public async Task EnqueueAsync(IReadOnlyList<long> taskInstanceIds, CancellationToken cancellation) =>
        await AlignAsync(await ReadAsync(taskInstanceIds, cancellation), cancellation);

    public Task RecordAsync(IReadOnlyList<long> taskInstanceIds, CancellationToken cancellation) => RecordAsync(taskInstanceIds, server: null, cancellation);

    /// <summary>As <see cref="RecordAsync(IReadOnlyList{long}, CancellationToken)"/>, also of those that run in the fast lane.</summary>
    /// <param name="taskInstanceIds">Which.</param>
    /// <param name="server">The Hangfire server in whose process they run.</param>
    /// <param name="cancellation">Stops it.</param>
    public async Task RecordAsync(IReadOnlyList<long> taskInstanceIds, string? server, CancellationToken cancellation)
    {
        var views = await ReadAsync(taskInstanceIds, cancellation);
        List<(HangfireView View, NewHangfireJob Job)> missing = [.. views.Select(view => (View: view, Job: LateRecord.Of(view, server)!)).Where(each => each.Job is not null)];
        await AddAsync(missing, cancellation);
        var made = missing.Select(each => each.Job.TaskInstanceId).ToHashSet();
        await AlignAsync([.. views.Where(view => !made.Contains(view.TaskInstance.Id))], cancellation);
    }

    /// <summary>All at once; what the database refuses is looked for by halves and set aside.</summary>
    private async Task AddAsync(IReadOnlyList<(HangfireView View, NewHangfireJob Job)> missing, CancellationToken cancellation)
    {
        if (missing.Count == 0) return;
        try
        {
            await _database.InTransactionAsync(tx => HangfireJobTable.AddAsync(tx, [.. missing.Select(each => each.Job)]), cancellation);
        }
        catch (Exception error) when (RefusedRecords.IsRefusal(error))
        {
            if (missing is [var (view, _)]) _refused.SetAside(view, error);
            else foreach (var half in missing.Chunk((missing.Count + 1) / 2)) await AddAsync(half, cancellation);
        }
    }

    /// <summary>
    /// Until both say the same: what is stored may change between the look at it and the change of the job, and whoever changed it may
    /// have told Hangfire before us. Without the second look the older story would stay, and a queued task would wait to be healed.
    /// A job that somebody else holds keeps neither the others nor the caller waiting for longer than a moment.
    /// </summary>
    private async Task AlignAsync(IReadOnlyList<HangfireView> views, CancellationToken cancellation)
    {
        var waits = WaitsWhileHeld;
        while (views.Count > 0)
        {
            (views, var isAnyTold) = await AlignOnceAsync(views, cancellation);
            if (isAnyTold || views.Count == 0) continue;
            if (waits-- == 0)
            {
                _held.Leave(IdsOf(views));
                return;
            }
            await Task.Delay(WhileHeld, cancellation);
        }
    }

    /// <summary>One look at each, and who has to be looked at again.</summary>
    private async Task<(IReadOnlyList<HangfireView> Left, bool IsAnyTold)> AlignOnceAsync(IReadOnlyList<HangfireView> views, CancellationToken cancellation)
    {
        var told = new Dictionary<long, TaskState>();
        var standing = new StandingJobs(_storage);
        foreach (var view in views)
        {
            cancellation.ThrowIfCancellationRequested();
            if (await TryAlignAsync(view, standing, cancellation)) told[view.TaskInstance.Id] = view.TaskInstance.State;
        }
        var now = await ReadAsync(IdsOf(views), cancellation);
        return ([.. now.Where(view => !told.TryGetValue(view.TaskInstance.Id, out var state) || state != view.TaskInstance.State)], told.Count > 0);
    }

    private static IReadOnlyList<long> IdsOf(IReadOnlyList<HangfireView> views) => [.. views.Select(view => view.TaskInstance.Id)];

    private async Task<IReadOnlyList<HangfireView>> ReadAsync(IReadOnlyList<long> ids, CancellationToken cancellation) =>
        ids.Count == 0 ? [] : await _database.InTransactionAsync(tx => HangfireJobTable.ViewsAsync(tx, ids), cancellation);

    private async Task<bool> TryAlignAsync(HangfireView view, StandingJobs standing, CancellationToken cancellation)
    {
        try
        {
            return await AlignAsync(view, standing, cancellation);
        }
        catch (Exception error) when (RefusedRecords.IsRefusal(error))
        {
            _refused.SetAside(view, error);
            return true;
        }
    }

    /// <returns>False when the job is held or changed under us, so that it has to be looked at again.</returns>
    private async Task<bool> AlignAsync(HangfireView view, StandingJobs standing, CancellationToken cancellation)
    {
        if (JobStates.Of(view.TaskInstance, view.Queue) is not { } state) return true;
        using var connection = _storage.GetConnection();
        var jobId = view.TaskInstance.HangfireJobId;
        var job = jobId is null ? null : connection.GetJobData(jobId);
        if (job is null && view.TaskInstance.State is not (TaskState.Queued or TaskState.UpForRetry or TaskState.UpForReschedule or TaskState.Deferred)) return true;

        if (job is null) await CreateAsync(view, state, connection, cancellation);
        else if (string.IsNullOrEmpty(job.State)) Begin(jobId!, job.Job, state, connection);
        else if (!IsThere(jobId!, job, state, connection, standing)) return Change(jobId!, state, job.State, connection);
        return true;
    }

    /// <summary>
    /// Makes a job, gives it to the task instance, and only then enqueues it: of two processes that do this at once, one job is used
    /// and the other, which never had a state, expires unseen.
    /// </summary>
    private async Task CreateAsync(HangfireView view, IState state, IStorageConnection connection, CancellationToken cancellation)
    {
        var job = TaskJob.JobOf(view.TaskInstance.Id);
        var jobId = connection.CreateExpiredJob(job, new Dictionary<string, string>(), DateTime.UtcNow, UnusedJobLife);
        var given = await _database.InTransactionAsync(
            tx => HangfireJobTable.ReplaceAsync(tx, view.TaskInstance.Id, view.TaskInstance.HangfireJobId, jobId), cancellation);
        if (given) Begin(jobId, job, state, connection);
    }

    private void Begin(string jobId, Job job, IState state, IStorageConnection connection)
    {
        using var transaction = connection.CreateWriteTransaction();
        var hangfireJob = new BackgroundJob(jobId, job, DateTime.UtcNow);
        new StateMachine(_filters).ApplyState(new ApplyStateContext(_storage, connection, transaction, hangfireJob, state, oldStateName: null));
        transaction.Commit();
    }

    /// <summary>Hangfire would wait for the job's lock and keep the thread. A connection that has a lock is given it again at once.</summary>
    private bool Change(string jobId, IState state, string from, IStorageConnection connection)
    {
        try
        {
            using var held = connection.AcquireDistributedJobLock(jobId, TimeSpan.Zero);
            return new BackgroundJobStateChanger(_filters).ChangeState(new StateChangeContext(_storage, connection, jobId, state, from)) is not null;
        }
        catch (PostgreSqlDistributedLockException)
        {
            return false;
        }
    }

    private static bool IsThere(string jobId, JobData job, IState state, IStorageConnection connection, StandingJobs standing) =>
        job.State == state.Name
        && (state is EnqueuedState enqueued ? standing.Contains(enqueued.Queue, jobId) : connection.GetStateData(jobId)?.Reason == state.Reason);
}
