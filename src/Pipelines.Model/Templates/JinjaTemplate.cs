namespace Pipelines.Model.Templates;

/// <summary>
/// An Airflow template: Jinja2's expressions, if, for and set, comments, raw blocks and whitespace control, with StrictUndefined
/// (airflow-semantics.md §22). It sees only the values of its context, never .NET, and its work is bounded.
/// </summary>
public sealed class JinjaTemplate
{
    private readonly string _text;
    private readonly Block _block;

    private JinjaTemplate(string text, Block block)
    {
        _text = text;
        _block = block;
    }

    /// <summary>Parses a template.</summary>
    /// <exception cref="TemplateException">It does not parse; says where.</exception>
    public static JinjaTemplate Parse(string text) => new(text, JinjaParser.Parse(text));

    /// <summary>The text of the template with everything filled in.</summary>
    /// <exception cref="TemplateException">An unknown name, a wrong operation, or too much work or output; says where.</exception>
    public string Render(TemplateContext context) => Run(context, run =>
    {
        _block.Run(run);
        return run.Output;
    });

    /// <summary>
    /// As <see cref="Render"/>, but a template that is one <c>{{ … }}</c> giving a list or dict becomes JSON rather than Python's text for it.
    /// </summary>
    internal string RenderJson(TemplateContext context) => _block.Statements is not [ValueOutput only] ? Render(context) : Run(context, run =>
        only.Expression.Value(run) is var value && value is TemplateList or TemplateDict ? Filters.ToJson(value, indented: false) : PythonText.Str(value));

    /// <summary>The value that it gives, see <see cref="NativeValue"/>.</summary>
    internal System.Text.Json.Nodes.JsonNode? RenderNative(TemplateContext context) => Run(context, run =>
    {
        if (_block.Statements is [ValueOutput only]) return NativeValue.Of(only.Expression.Value(run));
        _block.Run(run);
        return NativeValue.Of(run.Output);
    });

    private T Run<T>(TemplateContext context, Func<TemplateRun, T> work)
    {
        var run = new TemplateRun(new TemplateNames(context).Find, context.Chance.NextDouble);
        try
        {
            return work(run);
        }
        catch (TemplateFault fault)
        {
            throw TemplateException.At(_text, run.At, fault.Message);
        }
    }
}
