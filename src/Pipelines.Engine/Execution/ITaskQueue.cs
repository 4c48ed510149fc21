namespace Pipelines.Engine.Execution;

/// <summary>
/// Hands task instances to Hangfire and keeps Hangfire's record of them true. Always called after the commit that changed them:
/// Postgres is the truth, Hangfire is the transport, and what a crash loses in between is handed over again by the tick.
/// Every method reads the stored state first, so it may be called twice, late, or for task instances that moved on.
/// </summary>
public interface ITaskQueue
{
    /// <summary>
    /// Gives queued task instances to the workers: moves the Hangfire job of each to Enqueued, or creates one when it has none
    /// or Hangfire has lost it.
    /// </summary>
    Task EnqueueAsync(IReadOnlyList<long> taskInstanceIds, CancellationToken cancellation);

    /// <summary>
    /// Brings the Hangfire jobs of task instances that changed without a worker (marked, cleared, retried early, lease lost,
    /// upstream failed, removed) in line with their stored state. Those that ran without Hangfire (fast lane, dags test) get the job that
    /// they would have had; queued ones are treated as in <see cref="EnqueueAsync"/>.
    /// </summary>
    Task RecordAsync(IReadOnlyList<long> taskInstanceIds, CancellationToken cancellation);
}
