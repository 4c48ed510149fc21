using System.Collections.Concurrent;

namespace Pipelines.Model.Templates;

/// <summary>
/// The template files that a DAG version uses, by name. They are part of the version: a worker has no DAG folder, and a run keeps the
/// text that it began with.
/// </summary>
/// <param name="texts">Texts by name, as <see cref="TemplateFileName"/> writes it.</param>
public sealed class TemplateFiles(IReadOnlyDictionary<string, string> texts)
{
    private readonly ConcurrentDictionary<string, JinjaTemplate> _parsed = new(StringComparer.Ordinal);

    /// <summary>None.</summary>
    public static TemplateFiles None { get; } = new(new Dictionary<string, string>());

    /// <summary>Texts by name.</summary>
    public IReadOnlyDictionary<string, string> Texts => texts;

    /// <summary>A template; null: there is none of this name.</summary>
    /// <exception cref="TemplateException">It does not parse; says where.</exception>
    internal JinjaTemplate? Find(string name)
    {
        var key = TemplateFileName.Key(name);
        if (_parsed.TryGetValue(key, out var parsed)) return parsed;
        return texts.TryGetValue(key, out var text) ? _parsed[key] = JinjaTemplate.Parse(text, key) : null;
    }
}
