using System.Text.Json.Nodes;

namespace Pipelines.Model.Designer;

/// <summary>
/// Stands in the designer for an activity whose type this program does not know. Studio shows nothing at all when it meets such a type
/// and would then save an empty graph (contract, gotcha 1), so it gets Elsa's own stand-in with the whole original inside.
/// </summary>
internal static class Placeholder
{
    public const string Flowchart = Dags.TaskGroupInputs.TypeName;
    public const string TypeName = "Elsa.NotFoundActivity";
    private const string Original = "originalActivityJson";

    public static bool Is(JsonObject activity) => activity.Text("type") == TypeName && activity.ContainsKey(Original);

    /// <summary>The stand-in, at the same place and of the same name.</summary>
    public static JsonObject Of(JsonObject activity)
    {
        var placeholder = new JsonObject
        {
            ["id"] = activity["id"]?.DeepClone(),
            ["name"] = activity["name"]?.DeepClone(),
            ["type"] = TypeName,
            ["version"] = 1,
            ["missingTypeName"] = activity["type"]?.DeepClone(),
            ["missingTypeVersion"] = activity["version"]?.DeepClone() ?? 1,
            [Original] = activity.ToJsonString(),
        };
        if (activity["metadata"] is { } metadata) placeholder["metadata"] = metadata.DeepClone();
        return placeholder;
    }

    /// <summary>The original, where the stand-in was moved to and as it was renamed.</summary>
    /// <exception cref="DesignerException">The original inside was damaged.</exception>
    public static JsonObject Restore(JsonObject placeholder)
    {
        var original = DesignerText.Parse(placeholder.Text(Original)
            ?? throw new DesignerException($"The activity '{placeholder.Text("name")}' of a type that this host does not know has lost its content. Reload the designer and make your change again."));
        foreach (var name in (string[])["id", "name", "metadata"])
            if (placeholder[name] is { } value) original[name] = value.DeepClone();
        return original;
    }
}
