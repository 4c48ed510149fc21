using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Model.Runs;
using Pipelines.Storage;

namespace Pipelines.Engine.Telemetry;

/// <summary>
/// Keeps the numbers of the whole installation that a scheduler gives away, and reads them from the database at its own pace, however
/// often they are asked for. While the database does not answer there are none, rather than old ones.
/// </summary>
internal sealed class WorkloadWatch : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly string[] RunStates = ["queued", "running"];

    private static readonly string[] JobTypes = ["scheduler", "worker", "web"];

    private static readonly TaskState[] Occupying = [TaskState.Queued, TaskState.Running, TaskState.Restarting];

    private readonly Meter _meter = new(EngineMeter.Name);
    private readonly Database _database;
    private readonly EngineSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<WorkloadWatch> _log;
    // A queue that is empty is 0 long: who scales by its length must hear so.
    private readonly SortedSet<string> _queues = new(["default"], StringComparer.Ordinal);
    private readonly TaskCompletionSource _hasNumbers = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Workload? _latest;

    public WorkloadWatch(Database database, EngineSettings settings, TimeProvider time, ILogger<WorkloadWatch> log)
    {
        (_database, _settings, _time, _log) = (database, settings, time, log);
        Gauge("queue.length", "Task instances that wait for a worker of a queue", PerQueue((load, queue) => load.Count(queue, TaskState.Queued)));
        Gauge("queue.oldest_wait_seconds", "How long the first of a queue waits for a worker", PerQueue((load, queue) => (long)load.OldestWait(queue).TotalSeconds));
        Gauge("task_instances", "Task instances of running runs", load => Enum.GetValues<TaskState>().Select(state => Of(load.Count(null, state), "state", StateNames.ToName(state))));
        Gauge("dag_runs", "Unfinished runs", load => RunStates.Select(state => Of(load.Runs.GetValueOrDefault(state), "state", state)));
        Gauge("executor.queued_tasks", "Task instances that wait for a worker", load => [new(load.Count(null, TaskState.Queued))]);
        Gauge("executor.running_tasks", "Task instances that run", load => [new(load.Count(null, TaskState.Running, TaskState.Restarting))]);
        Gauge("executor.open_slots", "Task instances that could be queued or run besides, by PIPELINES_PARALLELISM", load => [new(Math.Max(0, _settings.Parallelism - load.Count(null, Occupying)))]);
        Gauge("pool.open_slots", "Free slots of a pool; -1: without end", PerPool((_, _, pool) => pool.Open));
        Gauge("pool.queued_slots", "Slots of a pool that queued task instances hold", PerPool((load, name, _) => load.Slots(name, TaskState.Queued)));
        Gauge("pool.running_slots", "Slots of a pool that running task instances hold", PerPool((load, name, _) => load.Slots(name, TaskState.Running, TaskState.Restarting)));
        Gauge("pool.scheduled_slots", "Slots of a pool that task instances wait for", PerPool((load, name, _) => load.Slots(name, TaskState.Scheduled)));
        Gauge("jobs.alive", "Processes that were heard of in the last 30 s", load => JobTypes.Select(type => Of(load.Processes.Count(job => job.JobType == type), "job_type", type)));
        Gauge("dagbag_size", "DAGs that have a file", load => [new(load.Dags)]);
        Gauge("dag_processing.import_errors", "DAG files that cannot be read", load => [new(load.BrokenFiles)]);
    }

    /// <summary>Done when the numbers have been read for the first time.</summary>
    internal Task HasNumbers => _hasNumbers.Task;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Volatile.Write(ref _latest, await Workload.ReadAsync(_database, _time.GetUtcNow(), stoppingToken));
                _hasNumbers.TrySetResult();
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                Volatile.Write(ref _latest, null);
                _log.LogWarning(error, "The numbers of the installation could not be read, so there are none for {Interval}", Interval);
            }
            catch (Exception)
            {
                return;
            }
            await Task.Delay(Interval, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Gauge(string name, string description, Func<Workload, IEnumerable<Measurement<long>>> read) =>
        _meter.CreateObservableGauge($"pipelines.{name}", () => Volatile.Read(ref _latest) is { } load ? read(load) : [], description: description);

    private Func<Workload, IEnumerable<Measurement<long>>> PerQueue(Func<Workload, string, long> read) => load =>
    {
        lock (_queues)
        {
            _queues.UnionWith(load.Tasks.Select(part => part.Queue));
            return [.. _queues.Select(queue => Of(read(load, queue), "queue", queue))];
        }
    };

    private static Func<Workload, IEnumerable<Measurement<long>>> PerPool(Func<Workload, string, PoolSlots, long> read) =>
        load => load.Pools.Select(pool => Of(read(load, pool.Key, pool.Value), "pool_name", pool.Key));

    private static Measurement<long> Of(long value, string tag, string name) => new(value, new KeyValuePair<string, object?>(tag, name));
}
