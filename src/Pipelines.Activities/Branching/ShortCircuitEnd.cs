using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Branching;

/// <summary>How a short circuit ends.</summary>
internal static class ShortCircuitEnd
{
    private const string Input = "ignoreDownstreamTriggerRules";

    public static InputDescriptor Descriptor { get; } =
        new(Input, InputType.Boolean, "Ignore downstream trigger rules", "Skip every task that is anywhere after it. Unset: only those directly after it; the trigger rules of the others decide.") { Default = "true", UiHint = "checkbox" };

    /// <summary>Goes on, or skips what is after it.</summary>
    public static Outcome.Succeeded Of(ITaskContext context, bool goesOn, JsonNode? value)
    {
        var everywhere = context.Inputs.Boolean(Input, true);
        context.Log(LogLevel.Info, goesOn ? "The tasks after it go on." : "The tasks after it are skipped.");
        return new(value) { Downstream = goesOn ? null : new Downstream.Skip(everywhere) };
    }
}
