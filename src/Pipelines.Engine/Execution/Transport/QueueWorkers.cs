using Hangfire;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>Which workers serve which queue, as they told Hangfire themselves.</summary>
public sealed class QueueWorkers(JobStorage storage, TimeProvider time)
{
    // Hangfire's servers say every half minute that they live.
    private static readonly TimeSpan AliveWithin = TimeSpan.FromSeconds(90);

    /// <summary>How many workers that are alive serve a queue.</summary>
    /// <param name="queue">In Airflow's spelling.</param>
    public int Serving(string queue)
    {
        var (name, since) = (QueueName.ToHangfire(queue), time.GetUtcNow().UtcDateTime - AliveWithin);
        return storage.GetMonitoringApi().Servers().Count(server => server.Heartbeat >= since && server.Queues.Contains(name));
    }
}
