using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities.Waiting;

/// <summary>Whether a moment has passed.</summary>
internal static class Moment
{
    /// <summary>As Airflow: done after it, not at it.</summary>
    public static Task<Poke> PokeAsync(ITaskContext context, DateTimeOffset moment) => Task.FromResult<Poke>(
        context.Time.GetUtcNow() > moment ? new Poke.Done() : new Poke.NotYet($"it is not yet after {moment.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"));
}
