using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities;

/// <summary>Waits for a day of the week, as Airflow's DayOfWeekSensor.</summary>
public sealed class DayOfWeekSensor() : Sensor(new(
    "DayOfWeekSensor", "Wait for a day of the week", "Sensors", "Waits until it is one of these days of the week.",
    [Weekdays.Descriptor, Weekdays.LogicalDateDescriptor, Zones.Descriptor],
    [],
    [ActivityDescriptor.Done]))
{
    protected override Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        var (days, date) = (Weekdays.Of(context.Inputs), Weekdays.Moment(context));
        return Task.FromResult<Poke>(days.Contains(date.DayOfWeek) ? new Poke.Done() : new Poke.NotYet($"{date:yyyy-MM-dd} is a {date.DayOfWeek}"));
    }
}
