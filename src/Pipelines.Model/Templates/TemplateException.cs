namespace Pipelines.Model.Templates;

/// <summary>A template cannot be parsed or rendered.</summary>
/// <param name="fault">What is wrong and what to do, without the place.</param>
/// <param name="line">Line in the template, from 1.</param>
/// <param name="column">Column in characters, from 1.</param>
/// <param name="file">The name of the template file; null: the template stands in the DAG file.</param>
public sealed class TemplateException(string fault, int line, int column, string? file = null)
    : Exception($"{fault} ({(file is null ? "" : $"{file}, ")}line {line}, column {column})")
{
    /// <summary>The name of the template file; null: the template stands in the DAG file.</summary>
    public string? File { get; } = file;

    /// <summary>What is wrong and what to do, without the place.</summary>
    public string Fault { get; } = fault;

    /// <summary>Line in the template, from 1.</summary>
    public int Line { get; } = line;

    /// <summary>Column in characters, from 1.</summary>
    public int Column { get; } = column;

    internal TemplateException In(string name) => new(Fault, Line, Column, name);

    internal static TemplateException At(string template, int offset, string fault)
    {
        var before = template.AsSpan(0, Math.Min(offset, template.Length));
        return new TemplateException(fault, before.Count('\n') + 1, before.Length - before.LastIndexOf('\n'));
    }
}

/// <summary>A fault whose place the code that found it does not know; the running template adds it.</summary>
internal sealed class TemplateFault(string message) : Exception(message);
