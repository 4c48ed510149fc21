using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Branching;

/// <summary>Two ways, of which a branch takes one: the tasks on its ports True and False, or those that two inputs name as Airflow's operators do.</summary>
internal static class Fork
{
    private const string True = "True";
    private const string False = "False";
    private const string IfTrue = "followTaskIdsIfTrue";
    private const string IfFalse = "followTaskIdsIfFalse";

    /// <summary>The two ports, and the one that is always followed.</summary>
    public static IReadOnlyList<string> Ports { get; } = [True, False, ActivityDescriptor.Done];

    /// <summary>The two inputs.</summary>
    public static IReadOnlyList<InputDescriptor> Inputs { get; } =
    [
        new(IfTrue, InputType.StringOrList, "Follow if true", "Instead of the ports: the id, or a JSON array of ids, of tasks directly after this one or of task groups."),
        new(IfFalse, InputType.StringOrList, "Follow if false", "The same for the other way; wanted beside the first."),
    ];

    /// <summary>Both or none.</summary>
    public static IReadOnlyList<InputCheck> Checks { get; } = [new([IfTrue, IfFalse], CheckBoth)];

    /// <summary>The tasks that the two name.</summary>
    public static IReadOnlyList<NamedTasks> Follows { get; } = [new([IfTrue], inputs => inputs.TextOrList(IfTrue)), new([IfFalse], inputs => inputs.TextOrList(IfFalse))];

    /// <summary>Takes a way.</summary>
    /// <exception cref="TaskFailure">Only one of the inputs is set, or it is no list of ids (not retryable).</exception>
    public static Outcome.Succeeded Take(ITaskContext context, bool answer)
    {
        CheckBoth(context.Inputs);
        if (context.Inputs.Optional(IfTrue) is null) return new(answer) { Downstream = new Downstream.FollowPorts([answer ? True : False]) };
        var taskIds = context.Inputs.TextOrList(answer ? IfTrue : IfFalse);
        return new(new JsonArray([.. taskIds.Select(taskId => JsonValue.Create(taskId))])) { Downstream = new Downstream.FollowTasks(taskIds) };
    }

    private static void CheckBoth(RenderedInputs inputs)
    {
        var (ifTrue, ifFalse) = (inputs.Optional(IfTrue), inputs.Optional(IfFalse));
        if ((ifTrue is null) != (ifFalse is null))
            throw new TaskFailure($"Input '{(ifTrue is null ? IfFalse : IfTrue)}' is set but not '{(ifTrue is null ? IfTrue : IfFalse)}'. Set both, or none to follow the ports True and False.", retryable: false);
    }
}
