using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Does nothing: a point where branches meet or begin (Airflow's EmptyOperator).</summary>
public sealed class Empty : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new("Empty", "Empty", "Control", "Does nothing: a point where branches meet or begin.", [], [], [ActivityDescriptor.Done]);

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) => Task.FromResult<Outcome>(new Outcome.Succeeded());
}
