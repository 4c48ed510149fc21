namespace Pipelines.Model.Templates;

/// <summary>Names that a part of a template sets, over those of what is around it.</summary>
internal sealed class Scope
{
    private readonly Dictionary<string, object?> _names = new(StringComparer.Ordinal);
    private readonly Scope? _around;
    private readonly Func<string, object?>? _globals;

    /// <summary>The outermost: what is set nowhere is looked up in <paramref name="globals"/>.</summary>
    public Scope(Func<string, object?> globals) => _globals = globals;

    /// <summary>One inside another.</summary>
    public Scope(Scope around) => _around = around;

    /// <summary>What it is inside of; null: it is the outermost.</summary>
    public Scope? Around => _around;

    public object? Find(string name)
    {
        for (var scope = this; ; scope = scope._around!)
        {
            if (scope._names.TryGetValue(name, out var value)) return value;
            if (scope._around is null) return scope._globals!(name);
        }
    }

    public void Set(string name, object? value) => _names[name] = value;

    /// <summary>What it has itself, as another template imports it; as in Jinja, what begins with '_' is its own affair.</summary>
    public TemplateObject AsModule(string template) => new(template, part => !part.StartsWith('_') && _names.TryGetValue(part, out var value) ? value
        : new Undefined($"The template '{template}' has no '{part}'.{Dags.NearestName.Hint(part, _names.Keys.Where(name => !name.StartsWith('_')))}"));
}
