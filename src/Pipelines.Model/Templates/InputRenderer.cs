using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Templates;

/// <summary>Makes the inputs of an attempt: defaults, literals, rendered templates and evaluated JavaScript.</summary>
public static class InputRenderer
{
    /// <summary>Renders every input the task sets and fills in the descriptor's defaults for the rest.</summary>
    /// <exception cref="TaskFailure">An input cannot be rendered; names task, input and position (not retryable).</exception>
    public static RenderedInputs Render(ActivityDescriptor descriptor, TemplateContext context)
    {
        var values = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var input in descriptor.Inputs.Where(input => input.Default is not null && IsOwn(input))) values[input.Name] = input.Default;
        var types = descriptor.Inputs.ToDictionary(input => input.Name, input => input.Type, StringComparer.Ordinal);
        foreach (var (name, expression) in context.Task.Inputs.Where(input => !context.Task.DefaultedInputs.Contains(input.Key) || !context.Mapped.ContainsKey(input.Key)))
            values[name] = Render(name, context, () => Render(expression, types.GetValueOrDefault(name), context));
        foreach (var (name, value) in context.Mapped)
            values[name] = Render(name, context, () => MappedInput.Text(name, value, types, context));
        return new RenderedInputs(values) { OfJson = types.Where(input => input.Value.IsJson()).Select(input => input.Key).ToHashSet(StringComparer.Ordinal) };
    }

    // The settings of category "Task" steer the engine and are no inputs of the work.
    private static bool IsOwn(InputDescriptor input) => TaskInputs.All.All(setting => setting.Name != input.Name);

    private static string? Render(InputExpression expression, InputType type, TemplateContext context) => expression.Syntax switch
    {
        ExpressionSyntax.Literal => expression.Text,
        ExpressionSyntax.JavaScript => JavaScriptExpression.Evaluate(expression.Text, context),
        _ when type.IsJson() => NestedTemplate.Render(expression.Text, context),
        _ when context.Dag.RenderTemplateAsNativeObj => NativeValue.Text(JinjaTemplate.Parse(expression.Text).RenderNative(context)),
        _ => JinjaTemplate.Parse(expression.Text).Render(context),
    };

    private static string? Render(string name, TemplateContext context, Func<string?> render)
    {
        try
        {
            return render();
        }
        catch (TemplateException error)
        {
            throw new TaskFailure($"Input '{name}' of task '{context.Task.TaskId}' cannot be rendered: {error.Message}", retryable: false, inner: error);
        }
    }
}
