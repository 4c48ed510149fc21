using System.Globalization;
using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities;

/// <summary>Waits for a time of the day on which it began, as Airflow's TimeSensor.</summary>
public sealed class TimeSensor() : Sensor(new(
    "TimeSensor", "Wait for a time of day", "Sensors", "Waits until a time of the day has passed: of the day on which it began to wait.",
    [new("targetTime", InputType.String, "Time", "E.g. 06:30 or 06:30:15.") { Required = true }, Zones.Descriptor],
    [],
    [ActivityDescriptor.Done]))
{
    protected override Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        var (text, zone) = (context.Inputs.Required("targetTime"), Zones.Of(context.Inputs));
        if (!TimeOnly.TryParseExact(text, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
            throw new TaskFailure($"Input 'targetTime' is '{text}' but must be a time of day such as 06:30.", retryable: false);
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(context.FirstReschedule ?? context.StartDate, zone).DateTime);
        var local = day.ToDateTime(time);
        // Where clocks skip the time, it passes when they do.
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(1);
        return Moment.PokeAsync(context, new DateTimeOffset(local, zone.GetUtcOffset(local)));
    }
}
