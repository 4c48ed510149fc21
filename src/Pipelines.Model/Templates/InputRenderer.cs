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
        foreach (var input in descriptor.Inputs.Where(input => input.Default is not null && !TaskInputs.Names.Contains(input.Name))) values[input.Name] = input.Default;
        var known = descriptor.Inputs.ToDictionary(input => input.Name, StringComparer.Ordinal);
        foreach (var (name, expression) in context.Task.Inputs.Where(input => !context.Task.DefaultedInputs.Contains(input.Key) || !context.Mapped.ContainsKey(input.Key)))
            values[name] = Render(name, context, () => Render(expression, known.GetValueOrDefault(name), context));
        foreach (var (name, value) in context.Mapped)
            values[name] = Render(name, context, () => MappedInput.Text(name, value, known, context));
        return new RenderedInputs(values) { OfJson = known.Values.Where(input => input.Type.IsJson()).Select(input => input.Name).ToHashSet(StringComparer.Ordinal) };
    }

    private static string? Render(InputExpression expression, InputDescriptor? input, TemplateContext context)
    {
        if (expression.Syntax == ExpressionSyntax.JavaScript) return JavaScriptExpression.Evaluate(expression.Text, context);
        var templates = new InputTemplates(input, expression.Syntax, context);
        if (templates.IsPlain(expression.Text)) return expression.Text;
        if (input?.Type.IsJson() == true) return NestedTemplate.Render(expression.Text, templates, context);
        var template = templates.Of(expression.Text)!;
        return context.Dag.RenderTemplateAsNativeObj ? NativeValue.Text(template.RenderNative(context)) : template.Render(context);
    }

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
