using Hangfire.Server;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>A worker runs tasks. Hangfire would call any method that a row of its tables names, whoever wrote that row.</summary>
internal sealed class TasksOnly : IServerFilter
{
    public void OnPerforming(PerformingContext context)
    {
        var job = context.BackgroundJob.Job;
        if (TaskJob.IdOf(job) is null)
            throw new InvalidOperationException($"A worker runs tasks of DAGs and nothing else, but this job calls {job.Type.FullName}.{job.Method.Name}. Delete it, and find out who wrote it into schema '{TransportStorage.Schema}'.");
    }

    public void OnPerformed(PerformedContext context)
    {
    }
}
