namespace Pipelines.Model.Templates;

/// <summary>
/// An Airflow template: Jinja2's expressions and tags (if, for, set, with, filter, macro, call, include, import, extends, block), comments,
/// raw blocks and whitespace control, with StrictUndefined (airflow-semantics.md §22). It sees only the values of its context, never .NET, and
/// its work is bounded.
/// </summary>
public sealed class JinjaTemplate
{
    private readonly string _text;
    private readonly Block _block;

    private JinjaTemplate(string text, string? name, JinjaParser parser)
    {
        (_text, Name) = (text, name);
        _block = parser.ReadAll();
        (Blocks, References) = (parser.Blocks, parser.References);
    }

    /// <summary>The name of its file; null: it stands in the DAG file.</summary>
    internal string? Name { get; }

    /// <summary>Its blocks that a template which extends it may replace.</summary>
    internal IReadOnlyList<NamedBlock> Blocks { get; }

    /// <summary>The other templates that it names.</summary>
    internal IReadOnlyList<TemplateReference> References { get; }

    /// <summary>The names that it asks for whatever the run is; of a template with statements, which may set names or go another way, none are certain.</summary>
    internal IEnumerable<CertainName> CertainNames => _block.Statements.All(statement => statement is TextOutput or ValueOutput)
        ? _block.Statements.OfType<ValueOutput>().Select(output => CertainName.Of(output.Expression)).OfType<CertainName>() : [];

    /// <summary>Whether a text has braces, so that its author will mean a template, also one that does not parse.</summary>
    internal static bool HasBraces(string text) => text.Contains("{{", StringComparison.Ordinal) || text.Contains("{%", StringComparison.Ordinal);

    /// <summary>Parses a template.</summary>
    /// <exception cref="TemplateException">It does not parse; says where.</exception>
    public static JinjaTemplate Parse(string text) => Parse(text, null);

    /// <summary>Parses a template of a file.</summary>
    /// <exception cref="TemplateException">It does not parse; says in which file and where.</exception>
    internal static JinjaTemplate Parse(string text, string? name)
    {
        try
        {
            return new JinjaTemplate(text, name, new JinjaParser(text));
        }
        catch (TemplateException error) when (name is not null)
        {
            throw error.In(name);
        }
    }

    /// <summary>The text of the template with everything filled in.</summary>
    /// <exception cref="TemplateException">An unknown name, a wrong operation, or too much work or output; says where.</exception>
    public string Render(TemplateContext context) => Run(context, run =>
    {
        RunIn(run);
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
        RunIn(run);
        return NativeValue.Of(run.Output);
    });

    /// <summary>Runs it for another template, with the names that are set.</summary>
    internal void RunIn(TemplateRun run)
    {
        var outer = run.Lineage;
        run.Lineage = new Lineage();
        RunAsPart(run);
        run.Lineage = outer;
    }

    private void RunAsPart(TemplateRun run)
    {
        run.Lineage.Add(this);
        foreach (var statement in _block.Statements)
        {
            if (run.Lineage.Parent is null) statement.Run(run);
            // What extends another writes nothing but its blocks, in their places there.
            else if (statement is not (TextOutput or ValueOutput or NamedBlock)) run.Capture(() => statement.Run(run));
        }
        if (run.Lineage.Parent is { } parent) run.Within(parent, run.Scope, () => parent.RunAsPart(run));
    }

    private T Run<T>(TemplateContext context, Func<TemplateRun, T> work)
    {
        var run = new TemplateRun(this, new TemplateNames(context), context.Dag.TemplateFiles, context.Chance.NextDouble);
        try
        {
            return work(run);
        }
        catch (TemplateFault fault)
        {
            throw run.Template.At(run.At, fault.Message);
        }
    }

    private TemplateException At(int offset, string fault) => TemplateException.At(_text, offset, fault) is var error && Name is not null ? error.In(Name) : error;
}
