using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Does nothing, as Airflow's EmptyOperator: a place where dependencies meet.</summary>
public sealed class Empty : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new(
        "Empty", "Empty", "Control", "Does nothing and succeeds: a place where dependencies meet.", [], [], [ActivityDescriptor.Done]);

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) => Task.FromResult<Outcome>(new Outcome.Succeeded());
}
