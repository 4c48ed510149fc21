using System.Diagnostics;
using System.Diagnostics.Metrics;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Telemetry;

/// <summary>
/// What the engine counts and times where it happens. Names are Airflow's where it has one, with <c>pipelines</c> for its prefix. Nobody
/// pays for what no host collects.
/// </summary>
public static class EngineMeter
{
    /// <summary>Of the meter, for who collects.</summary>
    public const string Name = "Pipelines";

    private const string Seconds = "s";

    private static readonly Meter Meter = new(Name);

    private static readonly InstrumentAdvice<double> Long = new() { HistogramBucketBoundaries = [0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600, 14400, 43200] };
    private static readonly InstrumentAdvice<double> Short = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60] };

    private static readonly Counter<long> Starts = Meter.CreateCounter<long>("pipelines.ti.start", description: "Attempts that began");
    private static readonly Counter<long> Ends = Meter.CreateCounter<long>("pipelines.ti.finish", description: "Attempts that ended, by how");
    private static readonly Histogram<double> TaskDuration = Meter.CreateHistogram("pipelines.task.duration", Seconds, "From an attempt's claim to its end", tags: null, Long);
    private static readonly Counter<long> Rows = Meter.CreateCounter<long>("pipelines.task.rows", description: "Rows that tasks moved");
    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>("pipelines.task.bytes", "By", "Bytes that tasks moved");
    private static readonly Counter<long> LeaseLosses = Meter.CreateCounter<long>("pipelines.lease.lost", description: "Attempts of this worker that lost their task: it was cleared, marked or taken over");
    private static readonly Counter<long> Zombies = Meter.CreateCounter<long>("pipelines.zombies_killed", description: "Attempts whose worker was not heard of any more");
    private static readonly Histogram<double> ScheduleDelay = Meter.CreateHistogram("pipelines.dagrun.schedule_delay", Seconds, "From the moment at which a scheduled run was due to its start", tags: null, Short);
    private static readonly Histogram<double> RunDuration = Meter.CreateHistogram("pipelines.dagrun.duration", Seconds, "From a run's start to its end", tags: null, Long);
    private static readonly Histogram<double> LoopDuration = Meter.CreateHistogram("pipelines.scheduler.scheduler_loop_duration", Seconds, "One tick of the scheduler", tags: null, Short);
    private static readonly Counter<long> Heartbeats = Meter.CreateCounter<long>("pipelines.heartbeat", description: "Signs of life that this process wrote to the database");
    private static readonly Counter<long> HeartbeatFailures = Meter.CreateCounter<long>("pipelines.heartbeat_failure", description: "Signs of life that could not be written");

    /// <summary>A tick, timed.</summary>
    internal static async Task TickAsync(Func<Task> tick)
    {
        var began = Stopwatch.GetTimestamp();
        await tick();
        LoopDuration.Record(Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>A process said that it lives, or could not.</summary>
    internal static void Heartbeat(string jobType, bool isWritten) => (isWritten ? Heartbeats : HeartbeatFailures).Add(1, new KeyValuePair<string, object?>("job_type", jobType));

    /// <summary>The scheduler ended an attempt whose worker was not heard of.</summary>
    internal static void ZombieKilled(string dagId) => Zombies.Add(1, Dag(dagId));

    /// <summary>A queued run starts.</summary>
    internal static void RunStarted(DagRun run, DateTimeOffset now)
    {
        if (run.RunType == DagRunType.Scheduled) ScheduleDelay.Record(Math.Max(0, (now - run.RunAfter).TotalSeconds), Dag(run.DagId));
    }

    /// <summary>A run ended.</summary>
    internal static void RunEnded(DagRun run, DagRunState state, DateTimeOffset now)
    {
        if (run.StartDate is { } start) RunDuration.Record((now - start).TotalSeconds, Dag(run.DagId), State(StateNames.ToName(state)));
    }

    /// <summary>An attempt begins.</summary>
    internal static void AttemptStarted(TaskInstanceKey key) => Starts.Add(1, Dag(key.DagId), Task(key.TaskId));

    /// <summary>An attempt ended.</summary>
    internal static void AttemptEnded(TaskInstanceKey key, string state, TimeSpan duration)
    {
        Ends.Add(1, Dag(key.DagId), Task(key.TaskId), State(state));
        TaskDuration.Record(duration.TotalSeconds, Dag(key.DagId), Task(key.TaskId), State(state));
    }

    /// <summary>An attempt may not go on.</summary>
    internal static void LeaseLost(TaskInstanceKey key) => LeaseLosses.Add(1, Dag(key.DagId), Task(key.TaskId));

    /// <summary>An attempt moved more.</summary>
    internal static void Moved(TaskInstanceKey key, TaskProgress before, TaskProgress now)
    {
        Rows.Add(Math.Max(0, now.Rows - before.Rows), Dag(key.DagId), Task(key.TaskId));
        Bytes.Add(Math.Max(0, now.Bytes - before.Bytes), Dag(key.DagId), Task(key.TaskId));
    }

    private static KeyValuePair<string, object?> Dag(string dagId) => new("dag_id", dagId);

    private static KeyValuePair<string, object?> Task(string taskId) => new("task_id", taskId);

    private static KeyValuePair<string, object?> State(string state) => new("state", state);
}
