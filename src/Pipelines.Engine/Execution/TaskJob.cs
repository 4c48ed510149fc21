using Hangfire.Common;
using Pipelines.Engine.Execution.Transport;

namespace Pipelines.Engine.Execution;

/// <summary>
/// What Hangfire runs: one job per task instance, from its first queueing on, whose attempts are the job's state history. The job carries
/// the id only. Its name and signature are stored in every job, so they stay as they are.
/// </summary>
public sealed class TaskJob
{
    private readonly TaskRunner _runner;
    private readonly CancellationToken _stopping;

    internal TaskJob(TaskRunner runner, CancellationToken stopping) => (_runner, _stopping) = (runner, stopping);

    /// <summary>Runs one attempt, if there is one to run.</summary>
    /// <param name="taskInstanceId">Which.</param>
    /// <param name="changed">Hangfire's signal that the job's state was changed under it, or that the server stops.</param>
    /// <returns>What happened, for Hangfire's page of the job.</returns>
    [TaskName]
    public Task<string> RunAsync(long taskInstanceId, CancellationToken changed) =>
        // Off Hangfire's own thread: its message loop ends with the server's shutdown, and what still waits for it would wait forever.
        Task.Run(async () =>
        {
            var end = await _runner.RunAsync(taskInstanceId, changed, _stopping);
            return end.Failure is { } failure ? throw failure : end.Text;
        }, CancellationToken.None);

    internal static Job JobOf(long taskInstanceId) =>
        Job.FromExpression<TaskJob>(job => job.RunAsync(taskInstanceId, CancellationToken.None));

    internal static long? IdOf(Job? job) => job is not null && job.Type == typeof(TaskJob) && job.Args is [long id, ..] ? id : null;
}
