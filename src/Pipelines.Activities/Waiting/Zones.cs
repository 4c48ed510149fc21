using Pipelines.Model.Activities;

namespace Pipelines.Activities.Waiting;

/// <summary>The time zone that an input names.</summary>
internal static class Zones
{
    public const string Input = "timezone";

    public static InputDescriptor Descriptor { get; } =
        new(Input, InputType.String, "Time zone", "IANA name of the zone, e.g. Europe/Berlin.") { Default = "UTC", Check = inputs => Of(inputs) };

    /// <exception cref="TaskFailure">Unknown (not retryable).</exception>
    public static TimeZoneInfo Of(RenderedInputs inputs)
    {
        var name = inputs.Optional(Input) ?? "UTC";
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) ? zone
            : throw new TaskFailure($"Input '{Input}' is '{name}', which is no time zone. Name one such as Europe/Berlin.", retryable: false);
    }
}
