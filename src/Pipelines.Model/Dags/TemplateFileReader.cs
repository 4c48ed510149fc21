using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;
using Pipelines.Model.Templates;

namespace Pipelines.Model.Dags;

/// <summary>Collects the template files that a DAG uses, with those that they use themselves (airflow-semantics.md §22), so that they are part of the version.</summary>
/// <param name="source">Where they come from; null: from nowhere, and a text that could be a file's name is only a text.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed class TemplateFileReader(ITemplateSource? source, DagFileReport report)
{
    private const int MostFiles = 500;
    private const int LongestTogether = 8 * 1024 * 1024;

    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);
    private int _length;

    /// <summary>Folders where files are looked for beside the DAG file's own.</summary>
    public IReadOnlyList<string> SearchPath { get; set; } = [];

    /// <summary>What was collected.</summary>
    public TemplateFiles Files => _texts.Count == 0 ? TemplateFiles.None : new TemplateFiles(_texts);

    /// <summary>Collects what the inputs of a task use, those too that it is mapped over.</summary>
    public void Read(IReadOnlyDictionary<string, ElsaInput> inputs, TaskMapping? mapping, ActivityDescriptor descriptor)
    {
        foreach (var (name, input) in inputs.Where(input => input.Value.Expression.Syntax != ExpressionSyntax.JavaScript && input.Key != TaskInputs.ExpandKwargs))
        {
            var isTemplate = input.Descriptor.IsTemplate || input.Expression.Syntax == ExpressionSyntax.Jinja;
            var use = new FileUse(input.Descriptor, $"Input '{name}'", input.Place);
            if (isTemplate || input.Descriptor.TemplateExtensions.Count > 0)
                foreach (var text in input.Texts) Read(text, isTemplate, use);
        }
        var place = mapping is null ? null : (inputs.GetValueOrDefault(TaskInputs.Expand) ?? inputs[TaskInputs.ExpandKwargs]).Part;
        foreach (var (name, value) in Literals(mapping))
        {
            if (descriptor.Inputs.FirstOrDefault(input => input.Name == name) is { } input)
                foreach (var text in NestedTemplate.TextsOf(value)) Read(text, isTemplate: true, new FileUse(input, $"Input '{name}', which is mapped,", place!));
        }
    }

    /// <summary>Warns of a folder of the search path that is none: as in Airflow files are looked for in the others.</summary>
    public void CheckFolder(string folder, JsonPart place)
    {
        if (source?.FolderFault(folder) is { } fault) report.Warn(place, $"'{DagInputs.TemplateSearchPath}' names the folder '{folder}', which {fault}");
    }

    /// <summary>The text of a DAG's documentation, which may be the name of a file.</summary>
    public string? ReadDoc(string? text, JsonPart? place)
    {
        if (text is null || source is null || !text.EndsWith(".md", StringComparison.Ordinal) || text.Contains('\n')) return text;
        if (TemplateFileName.Fault(text) is { } fault)
        {
            report.Error(place!, $"'{DagInputs.DocMd}' is '{text}', which {fault}");
            return text;
        }
        var found = source.Find(TemplateFileName.Key(text), SearchPath);
        if (found.Text is not null) return Keep(TemplateFileName.Key(text), found.Text, place!) ? found.Text : text;
        // As in Airflow: what is no file is the documentation itself.
        if (found.IsThere) report.Error(place!, $"'{DagInputs.DocMd}' names '{text}', which {found.Fault}");
        else if (found.Fault is not null) report.Warn(place!, $"'{DagInputs.DocMd}' is '{text}', which {found.Fault} So these words themselves are the documentation.");
        return text;
    }

    private void Read(string text, bool isTemplate, FileUse use)
    {
        if (use.Input.IsTemplateFile(text)) Take(text, NeededFiles.All, use, mayBeText: true);
        else if (isTemplate && text.Contains("{%", StringComparison.Ordinal)) Follow(JinjaTemplate.Parse(text), use);
    }

    private void Follow(JinjaTemplate template, FileUse use)
    {
        foreach (var reference in template.References)
        {
            if (reference.Names is null)
                Tell(use, $"{use.What} names a template that is known only when it runs. Which files a DAG uses must be known when it is read: write the names in quotes, with 'if' between.");
            else if (!reference.Names.Select(name => Take(name, reference.Needed, use, mayBeText: false)).ToList().Contains(true) && reference.Needed == NeededFiles.One)
                Tell(use, $"{use.What} needs one of {string.Join(", ", reference.Names.Select(name => $"'{name}'"))}, and none of them is there.");
        }
    }

    /// <returns>False: it is not there, which is no fault.</returns>
    private bool Take(string name, NeededFiles needed, FileUse use, bool mayBeText)
    {
        if (source is null) return true;
        var key = TemplateFileName.Key(name);
        if (_texts.ContainsKey(key)) return true;
        var found = TemplateFileName.Fault(name) is { } fault ? FoundTemplate.Refused(fault) : source.Find(key, SearchPath);
        if (found.Text is { } text) Add(key, text, use);
        else if (found.Fault is not null && !found.IsThere && needed != NeededFiles.All) return false;
        else if (found.Fault is not null) Tell(use, $"{use.What} names the template file '{Excerpt.Of(name, 100)}', which {found.Fault}{(mayBeText ? " If it is no file, end the text with a space." : "")}");
        return true;
    }

    private void Add(string key, string text, FileUse use)
    {
        if (!Keep(key, text, use.Place)) return;
        try
        {
            Follow(JinjaTemplate.Parse(text, key), use with { What = $"'{key}'" });
        }
        catch (TemplateException error)
        {
            Tell(use, $"{use.What} uses the template file '{key}', which does not parse: {error.Message}");
        }
    }

    private bool Keep(string key, string text, JsonPart place)
    {
        if (!_texts.TryAdd(key, text)) return true;
        _length += Encoding.UTF8.GetByteCount(text);
        if (_texts.Count <= MostFiles && _length <= LongestTogether) return true;
        if (_told.Add("")) report.Error(place, $"The DAG uses more than {MostFiles} template files or {LongestTogether >> 20} MB of them. They are kept with every version: use fewer, or put what is no template elsewhere.");
        return false;
    }

    /// <summary>The values that stand in the DAG file; what a task returns is never a file's name.</summary>
    public static IEnumerable<(string Input, JsonNode? Value)> Literals(TaskMapping? mapping) => mapping switch
    {
        TaskMapping.Expand expand => expand.Arguments.Where(argument => argument.Value is MapSource.Literal).Select(argument => (argument.Key, (JsonNode?)((MapSource.Literal)argument.Value).Items)),
        TaskMapping.ExpandKwargs { Source: MapSource.Literal { Items: JsonArray list } } => list.OfType<JsonObject>().SelectMany(inputs => inputs.Select(input => (input.Key, input.Value))),
        _ => [],
    };

    private void Tell(FileUse use, string message)
    {
        if (_told.Add(message)) report.Error(use.Place, message);
    }

    /// <summary>What uses files.</summary>
    private sealed record FileUse(InputDescriptor Input, string What, JsonPart Place);
}
