using Pipelines.Model.Activities;

namespace Pipelines.Model.Dags;

/// <summary>The settings of a task group (airflow-semantics.md §10): inputs of a flowchart that is in a flowchart.</summary>
public static class TaskGroupInputs
{
    /// <summary>The type name of a flowchart. The root one is the DAG itself.</summary>
    public const string TypeName = "Elsa.Flowchart";

    /// <summary>Whether the ids of what is in it begin with its own.</summary>
    public const string PrefixGroupId = "prefixGroupId";

    /// <summary>A name for people instead of the group_id.</summary>
    public const string GroupDisplayName = "groupDisplayName";

    /// <summary>What people read who point at it.</summary>
    public const string Tooltip = "tooltip";

    /// <summary>The colour it is filled with.</summary>
    public const string UiColor = "uiColor";

    /// <summary>The colour of its name.</summary>
    public const string UiFgcolor = "uiFgcolor";

    /// <summary>What the designer shows of it.</summary>
    public static ActivityDescriptor Descriptor { get; } = new(
        TypeName, "Task group", "Pipelines", "Tasks that belong together. Double-click it to see and connect what is in it; what is connected to it comes before its first tasks or after its last ones.",
        [
            new(DagInputs.DefaultArgs, InputType.Json, "Default args", "Inputs for the tasks in it that do not set them, over those of the DAG: {\"retries\": 2, \"pool\": \"warehouse\"}.") { UiHint = "json-editor" },
            new(TaskInputs.Expand, InputType.Json, "Expand", "Runs the group once for each value, which its tasks read as {{ group.table }}: {\"table\": [\"orders\", \"items\"]}, or for what a task before it returned {\"table\": \"list_tables.output\"}.") { UiHint = "json-editor" },
            new(TaskInputs.ExpandKwargs, InputType.String, "Expand kwargs", "Runs the group once for each dict of a list, whose members its tasks read as {{ group.table }}: [{\"table\": \"orders\"}], or for those that a task before it returned: list_tables.output.") { UiHint = "multiline", IsTemplate = true, TakesJson = true },
            new(PrefixGroupId, InputType.Boolean, "Prefix group id", "The ids of what is in it begin with its own: load.orders for the task orders in the group load.") { Default = "true", UiHint = "checkbox" },
            new(GroupDisplayName, InputType.String, "Display name", "A name for people instead of the group's id."),
            new(Tooltip, InputType.String, "Tooltip", "What people read who point at the group."),
            new(UiColor, InputType.String, "Colour", "The colour it is filled with, as CSS writes it: CornflowerBlue or #6495ed."),
            new(UiFgcolor, InputType.String, "Colour of the name", "As CSS writes it: black or #000."),
        ],
        [], [ActivityDescriptor.Done]);
}
