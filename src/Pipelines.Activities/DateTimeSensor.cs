using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities;

/// <summary>Waits until a moment has passed, as Airflow's DateTimeSensor.</summary>
public sealed class DateTimeSensor() : Sensor(new(
    "DateTimeSensor", "Wait until", "Sensors", "Waits until a moment has passed.",
    [new("targetTime", InputType.DateTime, "Until", "E.g. 2026-01-31T06:00:00Z, or as Jinja {{ data_interval_end.add(hours=6) }}; without an offset it is UTC.") { Required = true }],
    [],
    [ActivityDescriptor.Done]))
{
    protected override Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        _ = context.Inputs.Required("targetTime");
        return Moment.PokeAsync(context, context.Inputs.DateTime("targetTime")!.Value);
    }
}
