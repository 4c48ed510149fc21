using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Model.Designer;

/// <summary>
/// Turns a definition as Elsa Studio saves it into the text of a DAG file that is kept in git: a fixed order, one line per input and per
/// connection, and nothing that changes without a person's will (reference/elsa-studio-contract.md §3.2–§5). Writing a text that it
/// wrote changes nothing, and it never changes what the DAG means.
/// </summary>
public static class DesignerText
{
    private const string Schema = "https://elsaworkflows.io/schemas/workflow-definition/v3.0.0/schema.json";

    // What Studio or Elsa keeps for itself about a definition; a file says it by its name and its history in git.
    private static readonly HashSet<string> Noise =
    [
        "$schema", "id", "tenantId", "createdAt", "version", "toolVersion", "isLatest", "isPublished", "isReadonly", "isSystem", "links",
        "materializerName", "isMaterializerAvailable", "providerName", "providerMetadata",
    ];

    private static readonly string[] First = ["definitionId", "name", "description"];

    /// <summary>The file's text, ending in a line feed.</summary>
    /// <param name="definition">A definition from Studio or from a file; it is not changed.</param>
    /// <param name="dagId">Becomes <c>definitionId</c>.</param>
    /// <param name="catalog">Gives the order of inputs.</param>
    /// <exception cref="DesignerException">It has no flowchart as its root, or a placeholder was damaged.</exception>
    public static string Of(JsonObject definition, string dagId, ActivityCatalog catalog)
    {
        if (definition["root"] is not JsonObject root)
            throw new DesignerException("The definition has no 'root' flowchart, so there is nothing to save. Reload the designer and try again.");
        if (ShapeFault(root) is { } fault) throw new DesignerException($"{fault} Nothing was saved. Reload the designer and try again.");
        var file = new JsonObject { ["$schema"] = Schema, ["definitionId"] = dagId };
        file["name"] = definition.Text("name") is { Length: > 0 } title ? title : dagId;
        if (!JsonShape.IsBlank(definition["description"])) file["description"] = definition["description"]!.DeepClone();
        foreach (var (name, value) in definition.OrderBy(member => member.Key, StringComparer.Ordinal))
            if (!Noise.Contains(name) && !First.Contains(name) && name != "root" && Kept(name, value) is { } kept) file[name] = kept;
        file["root"] = new FlowchartText(catalog).Write(root);
        return JsonLayout.Write(file);
    }

    /// <summary>A draft may be unfinished, but it must be a drawing, or the designer could not show it again; null: it is one.</summary>
    private static string? ShapeFault(JsonObject root)
    {
        if (root.Text("type") != Placeholder.Flowchart) return $"The definition's 'root' is {(root.Text("type") is { } type ? $"of type '{type}'" : "without a type")}, and only an '{Placeholder.Flowchart}' can be drawn.";
        foreach (var list in new[] { "activities", "connections" })
        {
            if (root[list] is { } items && (items is not JsonArray array || array.Any(item => item is not JsonObject))) return $"The definition's 'root' has '{list}' that are no list of JSON objects.";
        }
        return null;
    }

    /// <summary>Reads a text as a definition.</summary>
    /// <exception cref="DesignerException">It is no JSON object, or names a member twice.</exception>
    public static JsonObject Parse(string text)
    {
        try
        {
            // Names that repeat would otherwise only fail at the first access.
            using var document = JsonDocument.Parse(text.TrimStart('\uFEFF'), new JsonDocumentOptions { AllowDuplicateProperties = false, MaxDepth = 64 });
            return JsonNode.Parse(document.RootElement.GetRawText()) as JsonObject
                ?? throw new DesignerException("A DAG file is one JSON object: an Elsa 3 workflow definition with 'definitionId' and 'root'.");
        }
        catch (JsonException error)
        {
            throw new DesignerException($"This is not valid JSON: {error.Message}");
        }
    }

    /// <summary>Takes over what Studio does not send: members of the file that it does not know would be lost with each save.</summary>
    public static JsonObject WithUnknownOf(JsonObject definition, JsonObject previous)
    {
        var merged = (JsonObject)definition.DeepClone();
        foreach (var (name, value) in previous)
            if (!StudioMembers.Contains(name) && !merged.ContainsKey(name)) merged[name] = value?.DeepClone();
        return merged;
    }

    private static readonly HashSet<string> StudioMembers =
        [.. Noise, .. First, "variables", "inputs", "outputs", "outcomes", "customProperties", "options", "root"];

    private static JsonNode? Kept(string name, JsonNode? value)
    {
        var copy = value?.DeepClone();
        if (name == "customProperties" && copy is JsonObject custom) DraftMark.Remove(custom);
        // Studio writes each option whether anybody touched it or not.
        if (name == "options" && copy is JsonObject options) JsonShape.RemoveBlank(options);
        return JsonShape.IsBlank(copy) ? null : copy;
    }
}
