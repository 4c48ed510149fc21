using System.Globalization;
using Hangfire.PostgreSql;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// Which jobs stand in a queue, asked once per queue. A job can be Enqueued and yet stand in no queue, when a worker took it and died or
/// could not reach the database; without this look it would wait a minute for Hangfire to give it up, and without remembering, every job
/// that waits for a busy worker would be put into its queue again and again.
/// </summary>
internal sealed class StandingJobs(PostgreSqlStorage storage)
{
    private const int All = 1_000_000;
    private readonly Dictionary<string, HashSet<string>> _byQueue = [];

    public bool Contains(string queue, string jobId)
    {
        if (!_byQueue.TryGetValue(queue, out var jobs)) _byQueue[queue] = jobs = Read(queue);
        return jobs.Contains(jobId);
    }

    private HashSet<string> Read(string queue)
    {
        var monitor = storage.QueueProviders.GetProvider(queue).GetJobQueueMonitoringApi();
        return [.. monitor.GetEnqueuedJobIds(queue, 0, All).Select(id => id.ToString(CultureInfo.InvariantCulture))];
    }
}
