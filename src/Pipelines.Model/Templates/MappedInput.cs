using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Mapping;

namespace Pipelines.Model.Templates;

/// <summary>The text of an input that a mapped task instance has as its own (airflow-semantics.md §11).</summary>
internal static class MappedInput
{
    /// <summary>A text as it is, null as not given, anything else as JSON. Templates in what the file says are rendered.</summary>
    /// <exception cref="TaskFailure">The activity has no such input (not retryable): a dict that another task returned may name any.</exception>
    public static string? Text(string name, MappedValue mapped, IReadOnlyDictionary<string, InputDescriptor> known, TemplateContext context)
    {
        if (!known.TryGetValue(name, out var input) || TaskInputs.Names.Contains(name))
            throw Refused(context, $"no input '{name}' that can be mapped.{NearestName.Hint(name, known.Keys.Except(TaskInputs.Names))}");
        if (context.Task.Inputs.ContainsKey(name) && !context.Task.DefaultedInputs.Contains(name)) throw Refused(context, $"'{name}' as one value for all its task instances already. Take it out of the dicts or out of the task.");
        var value = mapped.IsLiteral ? NestedTemplate.Render(mapped.Value, new InputTemplates(input, ExpressionSyntax.Jinja, context), context) : mapped.Value;
        return value switch
        {
            null => null,
            JsonValue text when text.GetValueKind() == JsonValueKind.String && input.Type != InputType.Json => text.GetValue<string>(),
            _ => PythonJson.Write(value, indented: false),
        };
    }

    private static TaskFailure Refused(TemplateContext context, string what) =>
        new($"Task '{context.Task.TaskId}' of type '{context.Task.ActivityType}' is mapped over dicts of inputs, and it has {what}", retryable: false);
}
