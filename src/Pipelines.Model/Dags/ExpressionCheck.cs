using Jint;
using Pipelines.Model.Activities;
using Pipelines.Model.Templates;

namespace Pipelines.Model.Dags;

/// <summary>Tells before any run whether an expression can be parsed.</summary>
internal static class ExpressionCheck
{
    /// <summary>What is wrong with it and where, or null.</summary>
    public static string? Fault(InputExpression expression, InputType type) => expression.Syntax switch
    {
        ExpressionSyntax.Jinja when type.IsJson() => NestedTemplate.Fault(expression.Text),
        ExpressionSyntax.Jinja => JinjaFault(expression.Text),
        ExpressionSyntax.JavaScript => JavaScriptFault(expression.Text),
        _ => null,
    };

    private static string? JinjaFault(string text)
    {
        try
        {
            _ = JinjaTemplate.Parse(text);
            return null;
        }
        catch (TemplateException error)
        {
            return error.Message;
        }
    }

    private static string? JavaScriptFault(string text)
    {
        try
        {
            _ = Engine.PrepareScript(text);
            return null;
        }
        catch (ScriptPreparationException error)
        {
            return (error.InnerException ?? error).Message;
        }
    }
}
