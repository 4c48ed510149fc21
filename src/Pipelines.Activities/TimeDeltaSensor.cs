using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities;

/// <summary>Waits for a time after the end of the run's data interval, as Airflow's TimeDeltaSensor.</summary>
public sealed class TimeDeltaSensor() : Sensor(new(
    "TimeDeltaSensor", "Wait after the interval", "Sensors", "Waits until a time has passed since the end of the run's data interval (without one: since the run's run_after).",
    [new("delta", InputType.Duration, "Time", "E.g. 00:30:00.") { Required = true }],
    [],
    [ActivityDescriptor.Done]))
{
    protected override Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        _ = context.Inputs.Required("delta");
        return Moment.PokeAsync(context, (context.Interval?.End ?? context.Run.RunAfter) + context.Inputs.Duration("delta")!.Value);
    }
}
