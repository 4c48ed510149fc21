using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Designer;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>
/// SQL is text or a template. Studio has a code editor for each syntax, but its own "code-editor" shows a template as empty and drops it
/// with the next key. So SQL is shown as a template, which it is as long as it holds no braces, and text without braces is stored as text.
/// </summary>
internal sealed class CodeInputs(ActivityCatalog catalog)
{
    private const string Template = "Jinja";
    private const string Text = "Literal";

    /// <summary>True for an input that holds code.</summary>
    public static bool Is(InputDescriptor input) => input.UiHint == "code-editor";

    /// <summary>A template without text, which a file leaves out.</summary>
    public static JsonObject Empty() => new() { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = Template, ["value"] = "" } };

    /// <summary>Changes a definition for Studio's eyes.</summary>
    public JsonObject Show(JsonObject definition)
    {
        foreach (var (activity, name) in All(definition))
        {
            if (activity[name] is null) activity[name] = Empty();
            else Change(activity, name, Text, Template);
        }
        return definition;
    }

    /// <summary>Changes what Studio saves.</summary>
    public void Read(JsonObject definition)
    {
        foreach (var (activity, name) in All(definition)) Change(activity, name, Template, Text);
    }

    private static void Change(JsonObject activity, string name, string from, string to)
    {
        if ((activity[name] as JsonObject)?["expression"] is JsonObject expression && expression.Text("type") == from && expression.Text("value") is { } value && !HasBraces(value))
            expression["type"] = to;
    }

    private static bool HasBraces(string value) => ((string[])["{{", "{%", "{#"]).Any(brace => value.Contains(brace, StringComparison.Ordinal));

    private IEnumerable<(JsonObject Activity, string Name)> All(JsonObject definition) =>
        from activity in (definition["root"] as JsonObject)?.AllActivities() ?? []
        from input in catalog.Find(activity.Text("type") ?? "")?.Inputs ?? []
        where Is(input)
        select (activity, input.Name);
}
