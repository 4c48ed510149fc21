using System.Globalization;
using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities;

/// <summary>Waits for a time of the day on which it began, as Airflow's TimeSensor.</summary>
public sealed class TimeSensor() : Sensor(new(
    "TimeSensor", "Wait for a time of day", "Sensors", "Waits until a time of the day has passed: of the day on which it began to wait.",
    [new("targetTime", InputType.String, "Time", "E.g. 06:30 or 06:30:15.") { Required = true, Check = inputs => TimeOf(inputs) }, Zones.Descriptor],
    [],
    [ActivityDescriptor.Done]))
{
    protected override Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        var (time, zone) = (TimeOf(context.Inputs), Zones.Of(context.Inputs));
        var day = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(context.FirstReschedule ?? context.StartDate, zone).DateTime);
        var local = day.ToDateTime(time);
        // Where clocks skip the time, it passes when they do.
        while (zone.IsInvalidTime(local)) local = local.AddMinutes(1);
        return Moment.PokeAsync(context, new DateTimeOffset(local, zone.GetUtcOffset(local)));
    }

    private static TimeOnly TimeOf(RenderedInputs inputs)
    {
        var text = inputs.Required("targetTime");
        return TimeOnly.TryParseExact(text, ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time
            : throw new TaskFailure($"Input 'targetTime' is '{text}' but must be a time of day such as 06:30.", retryable: false);
    }
}
