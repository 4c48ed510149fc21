using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;

namespace Pipelines.Model.Hitl;

/// <summary>The inputs of every activity that asks people (airflow-semantics.md §23 for names and defaults).</summary>
public static class HitlInputs
{
    /// <summary>The question in a line.</summary>
    public const string Subject = "subject";

    /// <summary>What helps to decide.</summary>
    public const string Body = "body";

    /// <summary>What may be chosen.</summary>
    public const string Options = "options";

    /// <summary>What is chosen when nobody has answered in time.</summary>
    public const string Defaults = "defaults";

    /// <summary>Whether several options may be chosen.</summary>
    public const string Multiple = "multiple";

    /// <summary>Who may answer.</summary>
    public const string AssignedUsers = "assignedUsers";

    /// <summary>Who is told that there is something to answer.</summary>
    public const string Notifiers = "notifiers";

    /// <summary>Which task an option stands for, of an activity that branches.</summary>
    public const string OptionsMapping = "optionsMapping";

    /// <summary>The descriptors, in the order the designer shows them.</summary>
    /// <param name="own">What the activity offers by itself; empty: a file must say what.</param>
    /// <param name="isFixed">True: it offers nothing else.</param>
    internal static IReadOnlyList<InputDescriptor> All(IReadOnlyList<string> own, bool isFixed)
    {
        List<InputDescriptor> inputs =
        [
            new(Subject, InputType.String, "Subject", "The question in a line, e.g. Publish the sales of {{ ds }}? as Jinja.") { Required = true },
            new(Body, InputType.String, "Body", "What helps to decide, shown below the subject; Markdown.") { UiHint = "multiline" },
        ];
        if (!isFixed) inputs.Add(new(Options, InputType.StringList, "Options", $"What may be chosen, a JSON array such as [\"Publish\", \"Wait\"].{(own.Count > 0 ? $" Empty: {HitlQuestion.Words(own)}." : "")}") { Required = own.Count == 0 });
        inputs.Add(new(Defaults, InputType.StringOrList, "Defaults", $"The option, or a JSON array of options, that counts as chosen when nobody has answered within the execution timeout; empty: {(own.Count == 1 ? "that one button" : "then the task fails")}."));
        if (!isFixed) inputs.Add(new(Multiple, InputType.Boolean, "Several", "Several options may be chosen.") { Default = "false", UiHint = "checkbox" });
        inputs.Add(new(AssignedUsers, InputType.Json, "Assigned users", "Who may answer, a JSON array of user names such as [\"ann\"]; empty: everybody who may run DAGs.") { UiHint = "json-editor" });
        inputs.Add(CallbackInputs.List(Notifiers, "Notifiers", "Tells that there is something to answer: {{ task.subject }}, {{ task.body }}, {{ task.options }}, {{ task.defaults }}, {{ task.assignedUsers }}, at {{ ti.log_url }}."));
        return inputs;
    }
}
