using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines.Model.Templates;

/// <summary>
/// The template of an input that holds JSON. As in Airflow the texts in lists and objects are rendered one by one, so that no quote in a value
/// can break the JSON; keys are not. A text that becomes JSON only by rendering is one template.
/// </summary>
internal static class NestedTemplate
{
    /// <summary>The input's text.</summary>
    /// <exception cref="TemplateException">It cannot be rendered; says where.</exception>
    public static string? Render(string text, InputTemplates templates, TemplateContext context) => Parse(text) is { } written
        ? PythonJson.Write(Render(written, templates, context), indented: false)
        : templates.Of(text) is not { } template ? text
        : context.Dag.RenderTemplateAsNativeObj ? NativeValue.Text(template.RenderNative(context)) : template.RenderJson(context);

    /// <summary>A value of which every text is a template.</summary>
    /// <exception cref="TemplateException">As there.</exception>
    public static JsonNode? Render(JsonNode? value, InputTemplates templates, TemplateContext context) => Rendered(value, "$", templates, context);

    /// <summary>The texts of an input of which each is a template.</summary>
    public static IEnumerable<string> TextsOf(string text) => Parse(text) is { } written ? Texts(written) : [text];

    /// <summary>All texts in a value.</summary>
    public static IEnumerable<string> TextsOf(JsonNode? value) => Texts(value);

    /// <summary>What is wrong with it before any run, or null.</summary>
    public static string? Fault(string text)
    {
        if (Parse(text) is not null) return null;
        try
        {
            _ = JinjaTemplate.Parse(text);
            return null;
        }
        catch (TemplateException error)
        {
            return error.Message;
        }
    }

    /// <summary>A list or object, each of whose texts is a template; null: anything else.</summary>
    private static JsonNode? Parse(string text)
    {
        try
        {
            var written = JsonNode.Parse(text);
            return written is JsonArray or JsonObject && Texts(written).All(IsTemplate) ? written : null;
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Texts(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(member => Texts(member.Value)),
        JsonArray items => items.SelectMany(Texts),
        JsonValue value when value.TryGetValue<string>(out var text) => [text],
        _ => [],
    };

    private static bool IsTemplate(string text)
    {
        try
        {
            _ = JinjaTemplate.Parse(text);
            return true;
        }
        catch (TemplateException)
        {
            return false;
        }
    }

    private static JsonNode? Rendered(JsonNode? node, string place, InputTemplates templates, TemplateContext context) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Rendered(member.Value, $"{place}.{member.Key}", templates, context)))),
        JsonArray items => new JsonArray([.. items.Select((item, at) => Rendered(item, $"{place}[{at}]", templates, context))]),
        JsonValue value when value.TryGetValue<string>(out var text) => Leaf(text, place, templates, context),
        _ => node?.DeepClone(),
    };

    private static JsonNode? Leaf(string text, string place, InputTemplates templates, TemplateContext context)
    {
        try
        {
            if (templates.Of(text) is not { } template) return text;
            return context.Dag.RenderTemplateAsNativeObj ? template.RenderNative(context) : template.Render(context);
        }
        catch (TemplateException error)
        {
            throw new TemplateException($"At {place}: {error.Fault}", error.Line, error.Column, error.File);
        }
    }
}
