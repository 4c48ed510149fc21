using Hangfire;
using Hangfire.Common;
using Hangfire.PostgreSql;

namespace Pipelines.Benchmarks.Engine;

/// <summary>Hangfire alone on a database of its own, with the same storage settings as our transport: what its users get without us.</summary>
internal sealed class BareHangfire : IDisposable
{
    private static CountdownEvent _left = new(1);

    private readonly BackgroundJobServer _server;
    private readonly BackgroundJobClient _client;

    public BareHangfire(string database, int workers, bool capturesCulture)
    {
        JobStorage storage = new PostgreSqlStorage(
            new Hangfire.PostgreSql.Factories.NpgsqlConnectionFactory(database, Options()), Options());
        var filters = new JobFilterCollection { new AutomaticRetryAttribute(), new ContinuationsSupportAttribute() };
        if (capturesCulture) filters.Add(new CaptureCultureAttribute());
        _client = new BackgroundJobClient(storage, filters);
        _server = new BackgroundJobServer(new BackgroundJobServerOptions { WorkerCount = workers, FilterProvider = filters }, storage);
    }

    /// <summary>The job.</summary>
    public static void Step() => _left.Signal();

    /// <summary>Enqueues a job and continuations of it, one after the other, and waits for the last.</summary>
    public TimeSpan Chain(int length)
    {
        _left = new CountdownEvent(length);
        var began = TimeProvider.System.GetTimestamp();
        var last = _client.Enqueue(() => Step());
        for (var number = 1; number < length; number++) last = _client.ContinueJobWith(last, () => Step());
        _left.Wait();
        return TimeProvider.System.GetElapsedTime(began);
    }

    /// <summary>Enqueues independent jobs and waits for all.</summary>
    public TimeSpan Many(int count)
    {
        _left = new CountdownEvent(count);
        var began = TimeProvider.System.GetTimestamp();
        for (var number = 0; number < count; number++) _client.Enqueue(() => Step());
        _left.Wait();
        return TimeProvider.System.GetElapsedTime(began);
    }

    public void Dispose() => _server.Dispose();

    private static PostgreSqlStorageOptions Options() => new()
    {
        EnableLongPolling = true,
        QueuePollInterval = TimeSpan.FromSeconds(1),
        UseSlidingInvisibilityTimeout = true,
        InvisibilityTimeout = TimeSpan.FromMinutes(1),
    };
}
