using Pipelines.Api.Studio.Definitions;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Api.Studio.Descriptors;

/// <summary>An activity type as Studio's picker and editors want to know it (contract §3.1).</summary>
internal sealed record ActivityDescriptorAnswer(string TypeName, string Name, string Category)
{
    public string Namespace { get; } = "Pipelines";

    public int Version { get; } = 1;

    public string? DisplayName { get; init; }

    public string? Description { get; init; }

    // "Task" and "Trigger" bring tabs and marks of Elsa's own runtime.
    public string Kind { get; } = "Action";

    public bool IsBrowsable { get; init; } = true;

    public bool IsContainer { get; init; }

    /// <summary>True: no port on the left.</summary>
    public bool IsStart { get; init; }

    /// <summary>True: no port on the right.</summary>
    public bool IsTerminal { get; init; }

    public IReadOnlyList<InputAnswer> Inputs { get; init; } = [];

    public IReadOnlyList<OutputAnswer> Outputs { get; init; } = [];

    public IReadOnlyList<PortAnswer> Ports { get; init; } = [];

    public IReadOnlyDictionary<string, object> CustomProperties { get; } = new Dictionary<string, object>();

    /// <summary>What a dropped activity begins with.</summary>
    public IReadOnlyDictionary<string, object> ConstructionProperties { get; init; } = new Dictionary<string, object>();

    /// <summary>The flowchart, which is a task group inside of another, and the stand-in for what this program does not know; Studio needs both to draw.</summary>
    public static IReadOnlyList<ActivityDescriptorAnswer> Elsa { get; } =
    [
        Of(TaskGroupInputs.Descriptor) with { IsContainer = true },
        new("Elsa.NotFoundActivity", "NotFoundActivity", "System")
        {
            DisplayName = "Unknown activity", IsBrowsable = false, Description = "This host does not know the activity's type. It is kept as it is and runs where its type is known.",
            Ports = [new PortAnswer(ActivityDescriptor.Done)],
        },
    ];

    public static ActivityDescriptorAnswer Of(ActivityDescriptor descriptor) => new(descriptor.TypeName, descriptor.TypeName, descriptor.Category)
    {
        DisplayName = descriptor.DisplayName,
        Description = descriptor.Description,
        IsStart = descriptor.TypeName == DagInputs.TypeName,
        IsTerminal = descriptor.TypeName == DagInputs.TypeName,
        Inputs = [.. descriptor.Inputs.Select(InputAnswer.Of)],
        Outputs = [.. descriptor.Outputs.Where(output => descriptor.Inputs.All(input => input.Name != output.Name)).Select(output => new OutputAnswer(output.Name, output.Description))],
        Ports = [.. descriptor.Ports.Select(port => new PortAnswer(port))],
        ConstructionProperties = descriptor.Inputs.Where(CodeInputs.Is).ToDictionary(input => input.Name, _ => (object)CodeInputs.Empty()),
    };
}

/// <summary>An input and its editor.</summary>
internal sealed record InputAnswer(string Name, string DisplayName, string Description, int Order)
{
    public required string TypeName { get; init; }

    public bool IsBrowsable { get; } = true;

    public bool IsWrapped { get; } = true;

    public required string UiHint { get; init; }

    public string? Category { get; init; }

    public string? DefaultValue { get; init; }

    public string DefaultSyntax { get; } = "Literal";

    public IReadOnlyDictionary<string, object>? UiSpecifications { get; init; }

    public static InputAnswer Of(InputDescriptor input, int order) => new(
        input.Name, input.Category is { } category ? $"{category}: {input.DisplayName}" : input.DisplayName, Words(input), order)
    {
        TypeName = input.Type == InputType.Boolean ? "Boolean" : "String",
        UiHint = OptionEditor.HintOf(input),
        Category = input.Category,
        DefaultValue = input.Default,
        UiSpecifications = OptionEditor.Specifications(input),
    };

    private static string Words(InputDescriptor input) =>
        $"{(input.Required ? "Required. " : "")}{input.Description}{(input.OptionsFrom is null || input.UiHint == "checklist" ? "" : " Not in the list? Choose the syntax Jinja and type it.")}";
}

/// <summary>An output.</summary>
internal sealed record OutputAnswer(string Name, string Description)
{
    public string TypeName { get; } = "Object";

    public string DisplayName => Name;

    public bool IsBrowsable { get; } = true;
}

/// <summary>An outcome, drawn on the right.</summary>
internal sealed record PortAnswer(string Name)
{
    public string DisplayName => Name;

    public string Type { get; } = "Flow";

    public bool IsBrowsable { get; } = true;
}
