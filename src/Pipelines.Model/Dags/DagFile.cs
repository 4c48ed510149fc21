using Pipelines.Model.Activities;
using Pipelines.Model.Templates;

namespace Pipelines.Model.Dags;

/// <summary>Reads a DAG file: an Elsa 3 workflow definition (design.md, "DAG files and drafts").</summary>
public static class DagFile
{
    /// <summary>Reads a file to a DAG, or to everything that is wrong with it, all at once. Never throws over what the file says.</summary>
    /// <param name="json">The file's text.</param>
    /// <param name="file">Its path, for messages; its last part must be <c>&lt;dag_id&gt;.json</c>.</param>
    /// <param name="catalog">The activity types it may use.</param>
    /// <param name="templates">Where its template files come from; null: from nowhere, for who does not render and does not judge.</param>
    public static DagFileResult Read(string json, string file, ActivityCatalog catalog, ITemplateSource? templates = null)
    {
        var report = new DagFileReport(file, isStored: templates is StoredTemplates);
        // Plugins may come and go meanwhile.
        var compiled = JsonPartReader.Read(json, report) is { } part && new ElsaDefinitionReader(report).Read(part) is { } definition
            ? new DagCompiler(definition, catalog.Now, new TemplateFileReader(templates, report), report).Compile()
            : null;
        return new DagFileResult(compiled?.Dag, compiled is null ? null : DagHash.Of(compiled), report.Errors, report.Warnings);
    }
}
