using Hangfire;
using Hangfire.Server;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>A Hangfire server that runs task jobs and nothing else.</summary>
internal sealed class TaskServer : IDisposable
{
    private readonly BackgroundJobServer _server;

    public TaskServer(TransportStorage storage, WorkerOptions options, Func<TaskJob> jobs, WorkerEnd end, Pulse pulse)
    {
        MakeRoom(options.WorkerCount);
        _server = new BackgroundJobServer(OptionsOf(options, jobs, end), storage, [.. Upkeep(storage), new Beat(pulse)]);
    }

    /// <summary>Takes no further job and waits for the running ones, which have been told that we stop.</summary>
    public async Task StopAsync(CancellationToken cancellation)
    {
        _server.SendStop();
        await _server.WaitForShutdownAsync(cancellation);
    }

    public void Dispose() => _server.Dispose();

    // Activities may compute, or wait without giving their thread back. The pool then still has threads for leases, reports and the others,
    // and does not add them one by one, at two a second.
    private static void MakeRoom(int workers)
    {
        ThreadPool.GetMinThreads(out var threads, out var ports);
        ThreadPool.SetMinThreads(Math.Max(threads, Environment.ProcessorCount + workers), ports);
    }

    private static BackgroundJobServerOptions OptionsOf(WorkerOptions options, Func<TaskJob> jobs, WorkerEnd end) => new()
    {
        ServerName = options.Name,
        WorkerCount = options.WorkerCount,
        Queues = [.. options.Queues.Select(QueueName.ToHangfire)],
        // No delayed scheduler: it would enqueue retries past pools, priorities and limits. Our planner does that.
        IsLightweightServer = true,
        FilterProvider = new HangfireFilters(new TasksOnly(), end, new RetriesPage()),
        Activator = new Jobs(jobs),
        CancellationCheckInterval = TimeSpan.FromSeconds(1),
        StopTimeout = options.LongestStop,
        ShutdownTimeout = options.LongestStop,
    };

    // A lightweight server leaves these out as well, and without them nobody keeps the deliveries of long tasks alive.
#pragma warning disable CS0618 // Hangfire offers no other way to a storage's own processes.
    private static IEnumerable<IBackgroundProcess> Upkeep(TransportStorage storage) =>
        storage.GetComponents().Select(component => new Component(component));

    private sealed class Component(IServerComponent component) : IBackgroundProcess
    {
        public void Execute(BackgroundProcessContext context) => component.Execute(context.StoppingToken);

        public override string? ToString() => component.ToString();
    }
#pragma warning restore CS0618

    // Runs only while Hangfire's server does.
    private sealed class Beat(Pulse pulse) : IBackgroundProcess
    {
        private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

        public void Execute(BackgroundProcessContext context)
        {
            pulse.Beat("Hangfire's server");
            context.Wait(Interval);
        }
    }

    private sealed class Jobs(Func<TaskJob> make) : JobActivator
    {
        public override object ActivateJob(Type jobType) => make();
    }
}
