namespace Pipelines.Model.Templates;

/// <summary>The name of a template file: its path from the folder of the DAG file or one of its search path, with '/'.</summary>
public static class TemplateFileName
{
    private const int Longest = 250;

    /// <summary>A name in the one way to write it: <c>./sql//load.sql</c> is <c>sql/load.sql</c>.</summary>
    public static string Key(string name) => string.Join('/', name.Split('/').Where(part => part is not ("" or ".")));

    /// <summary>Why no file can have this name, as the end of a sentence that begins with it; null: one can.</summary>
    public static string? Fault(string name)
    {
        if (JinjaTemplate.HasBraces(name)) return "is a template itself. Which files a DAG uses must be known when it is read: write their names out, or give the text itself.";
        if (name.Length > Longest || name.Any(char.IsControl)) return $"is no file's name: it has line breaks or more than {Longest} characters.";
        if (name.StartsWith('/') || name.Contains('\\') || (name.Length > 1 && name[1] == ':')) return "is not relative. Write it from the DAG file's folder or one of 'templateSearchPath', with '/'.";
        var parts = Key(name).Split('/');
        if (parts.Contains("..", StringComparer.Ordinal)) return "leads out of the folder with '..'. Template files lie in the DAG folder; move the file there.";
        return parts.Any(part => part.StartsWith('.')) ? "is hidden: a part of it begins with '.'. Give the file another name." : null;
    }
}
