using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Processes;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Telemetry;

/// <summary>How much there was to do in the whole installation at one moment.</summary>
internal sealed record Workload
{
    /// <summary>A process that was not heard of for this long is not counted.</summary>
    internal static readonly TimeSpan AliveWithin = TimeSpan.FromSeconds(30);

    public required DateTimeOffset At { get; init; }

    public required IReadOnlyList<WorkloadPart> Tasks { get; init; }

    public required IReadOnlyDictionary<string, long> Runs { get; init; }

    public required IReadOnlyDictionary<string, PoolSlots> Pools { get; init; }

    public required IReadOnlyList<Job> Processes { get; init; }

    public required long Dags { get; init; }

    public required long BrokenFiles { get; init; }

    /// <summary>Reads it.</summary>
    public static Task<Workload> ReadAsync(Database database, DateTimeOffset now, CancellationToken cancellation) => database.InTransactionAsync(async tx =>
    {
        var (dags, broken) = await WorkloadQueries.DagsAsync(tx);
        return new Workload
        {
            At = now,
            Tasks = await WorkloadQueries.TasksAsync(tx),
            Runs = await WorkloadQueries.RunsAsync(tx),
            Pools = await PoolTable.UseAsync(tx),
            Processes = await JobTable.AliveAsync(tx, now - AliveWithin),
            Dags = dags,
            BrokenFiles = broken,
        };
    }, cancellation);

    /// <summary>Task instances in these states; of one queue when it is named.</summary>
    public long Count(string? queue = null, params TaskState[] states) => In(states).Where(part => (queue ?? part.Queue) == part.Queue).Sum(part => part.Count);

    /// <summary>Slots of a pool that task instances in these states take.</summary>
    public long Slots(string pool, params TaskState[] states) => In(states).Where(part => part.Pool == pool).Sum(part => part.Slots);

    private IEnumerable<WorkloadPart> In(TaskState[] states)
    {
        var names = states.Select(StateNames.ToName).ToHashSet(StringComparer.Ordinal);
        return Tasks.Where(part => names.Contains(part.State));
    }

    /// <summary>How long the first of a queue waits for a worker.</summary>
    public TimeSpan OldestWait(string queue) =>
        Tasks.Where(part => part.Queue == queue).Min(part => part.OldestQueuedAt) is { } oldest && oldest < At ? At - oldest : TimeSpan.Zero;
}
