using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities;

/// <summary>Waits for a day of the week, as Airflow's DayOfWeekSensor.</summary>
public sealed class DayOfWeekSensor() : Sensor(new(
    "DayOfWeekSensor", "Wait for a day of the week", "Sensors", "Waits until it is one of these days of the week.",
    [
        new("weekDay", InputType.StringOrList, "Days", "E.g. Monday, or [\"Monday\", \"Thursday\"].") { Required = true },
        new("useTaskLogicalDate", InputType.Boolean, "By the logical date", "Look at the run's logical date instead of today.") { Default = "false", UiHint = "checkbox" },
        Zones.Descriptor,
    ],
    [],
    [ActivityDescriptor.Done]))
{
    protected override Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        var days = context.Inputs.TextOrList("weekDay").Select(Parse).ToList();
        var now = context.Time.GetUtcNow();
        var date = TimeZoneInfo.ConvertTime(context.Inputs.Boolean("useTaskLogicalDate", false) ? context.LogicalDate ?? now : now, Zones.Of(context.Inputs));
        return Task.FromResult<Poke>(days.Contains(date.DayOfWeek) ? new Poke.Done() : new Poke.NotYet($"{date:yyyy-MM-dd} is a {date.DayOfWeek}"));
    }

    private static DayOfWeek Parse(string name) =>
        Enum.GetValues<DayOfWeek>().Cast<DayOfWeek?>().FirstOrDefault(day => day.ToString()!.Equals(name.Trim(), StringComparison.OrdinalIgnoreCase))
        ?? throw new TaskFailure($"Input 'weekDay' names '{name}', which is no day of the week. Name days such as Monday.", retryable: false);
}
