namespace Pipelines.Engine.Scheduling;

/// <summary>
/// What Hangfire is told while who tells it goes on. It may keep a teller waiting: a second where a worker changes the same job, many where
/// that worker has died; no run and no task waits for that. The order does not matter, since Hangfire is told of what is stored.
/// </summary>
internal sealed class Tellings
{
    private const int AtOnce = 4;

    // Hangfire asks the database without giving its thread back; while a job is held, a telling waits without a thread.
    private readonly TaskScheduler _threads = new ConcurrentExclusiveSchedulerPair(TaskScheduler.Default, AtOnce).ConcurrentScheduler;
    private readonly HashSet<Task> _underWay = [];
    private readonly Lock _lock = new();

    /// <summary>Starts to tell.</summary>
    /// <param name="tell">Throws nothing.</param>
    public void Start(Func<Task> tell)
    {
        var telling = Task.Factory.StartNew(tell, CancellationToken.None, TaskCreationOptions.None, _threads).Unwrap();
        lock (_lock)
        {
            _underWay.RemoveWhere(task => task.IsCompleted);
            _underWay.Add(telling);
        }
    }

    /// <summary>Done when all that was started until now has been told.</summary>
    public Task DoneAsync()
    {
        lock (_lock) return Task.WhenAll(_underWay);
    }
}
