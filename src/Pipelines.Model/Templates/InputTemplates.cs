using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Templates;

/// <summary>Which texts of an input are templates: all, or, when it is a literal, only those that name a template file.</summary>
internal sealed class InputTemplates(InputDescriptor? input, ExpressionSyntax syntax, TemplateContext context)
{
    /// <summary>The template of a text; null: it is the value as it stands.</summary>
    /// <exception cref="TemplateException">It does not parse; says where.</exception>
    public JinjaTemplate? Of(string text) => input?.IsTemplateFile(text) == true && context.Dag.TemplateFiles.Find(text) is { } file ? file
        : syntax == ExpressionSyntax.Jinja ? JinjaTemplate.Parse(text) : null;

    /// <summary>True: it is not rendered.</summary>
    public bool IsPlain(string text) => syntax == ExpressionSyntax.Literal
        && !(input?.TemplateExtensions.Count > 0 && context.Dag.TemplateFiles.Texts.Count > 0 && NestedTemplate.TextsOf(text).Any(part => Of(part) is not null));
}
