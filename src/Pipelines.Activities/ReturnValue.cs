using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>What activities that run code do with the value it returns (airflow-semantics.md §12).</summary>
internal static class ReturnValue
{
    /// <summary>The longest value, in characters: XComs are small, and a program's output must not fill the worker's memory.</summary>
    public const int Longest = 1 << 20;

    private const string Input = "doXcomPush";

    /// <summary>Airflow's do_xcom_push.</summary>
    public static InputDescriptor DoXcomPush { get; } =
        new(Input, InputType.Boolean, "Push XCom", "Store what it returns under return_value, for later tasks.") { Default = "true", UiHint = "checkbox" };

    /// <summary>Whether the value is wanted.</summary>
    /// <exception cref="TaskFailure">The input is neither true nor false.</exception>
    public static bool IsWanted(ITaskContext context) => context.Inputs.Boolean(Input, true);
}
