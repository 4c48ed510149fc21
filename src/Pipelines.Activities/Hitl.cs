using Pipelines.Model.Activities;
using Pipelines.Model.Hitl;

namespace Pipelines.Activities;

/// <summary>Asks people and returns what they answered, as Airflow's HITLOperator.</summary>
public sealed class Hitl() : HitlActivity(new(
    "Hitl", "Human in the loop", "Control", "Asks people to choose among options, and for its params; the answer is the return value.",
    [], HitlOutputs.All, [ActivityDescriptor.Done]), []);

/// <summary>What activities return that ask people.</summary>
internal static class HitlOutputs
{
    public static IReadOnlyList<OutputDescriptor> All { get; } =
    [
        new("chosen_options", "The options that were chosen, a list."),
        new("params_input", "The values of its params."),
        new("responded_at", "When it was answered."),
        new("responded_by_user", "Who answered, with id and name; null when the time was up."),
    ];
}
