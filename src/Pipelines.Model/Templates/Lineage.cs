namespace Pipelines.Model.Templates;

/// <summary>A template and those that it extends, each of which may have a block of the same name; that of the first counts.</summary>
internal sealed class Lineage
{
    private readonly Dictionary<string, List<(JinjaTemplate Template, NamedBlock Block)>> _blocks = new(StringComparer.Ordinal);
    private JinjaTemplate? _parent;

    public bool HasBlocks => _blocks.Count > 0;

    /// <summary>What the template that runs extends, as far as it has said so.</summary>
    public JinjaTemplate? Parent
    {
        get => _parent;
        set => _parent = _parent is null ? value : throw new TemplateFault("A template can extend only one other.");
    }

    public void Add(JinjaTemplate template)
    {
        _parent = null;
        foreach (var block in template.Blocks)
        {
            if (!_blocks.TryGetValue(block.Name, out var levels)) _blocks[block.Name] = levels = [];
            levels.Add((template, block));
        }
    }

    /// <summary>Writes a block as the first template that has it says.</summary>
    public void Write(string name, TemplateRun run) => Write(name, 0, run);

    /// <summary>The blocks as functions: <c>self.title()</c>.</summary>
    public TemplateObject Self(TemplateRun run) => TemplateObject.Of("self",
        _blocks.Keys.ToDictionary(name => name, Func<object?> (name) => () => (TemplateFunction)(_ => run.Capture(() => Write(name, run))), StringComparer.Ordinal));

    private void Write(string name, int level, TemplateRun run)
    {
        var levels = _blocks[name];
        var (template, block) = levels[level];
        if (block.IsRequired) throw new TemplateFault($"The block '{name}' is required, so a template that extends this one must have it.");
        run.Within(template, new Scope(run.Scope), () =>
        {
            run.Set("super", level + 1 < levels.Count
                ? (TemplateFunction)(_ => run.Capture(() => Write(name, level + 1, run)))
                : new Undefined($"There is no block '{name}' above this one."));
            block.Body.Run(run);
        });
    }
}
