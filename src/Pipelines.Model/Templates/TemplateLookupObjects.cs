using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Connections;

namespace Pipelines.Model.Templates;

/// <summary><c>var.value.x</c>, <c>var.json.x</c> and <c>conn.id.host</c>: each looks up only what the template names.</summary>
internal static class TemplateLookupObjects
{
    public static TemplateObject Variables(TemplateLookups lookups) => TemplateObject.Of("var", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
    {
        ["value"] = () => Keyed("var.value", key => (object?)lookups.Variable(key) ?? Missing(key)),
        ["json"] = () => Keyed("var.json", key => lookups.Variable(key) is { } text ? Json(key, text) : Missing(key)),
    });

    public static TemplateObject Connections(TemplateLookups lookups) => Keyed("conn", id => lookups.Connection(id) is { } connection
        ? Parts(connection)
        : new Undefined($"The Connection '{id}' does not exist. Add it, or correct its conn_id in the template."));

    private static Undefined Missing(string key) => new($"The Variable '{key}' does not exist. Add it, or give a fallback: var.value.get('{key}', '…').");

    // get(key, fallback) is for keys that may be absent or are no names, such as 'my-key'.
    private static TemplateObject Keyed(string name, Func<string, object?> find) => new(name, part => part != "get" ? find(part) : (TemplateFunction)(call =>
    {
        call.Expect("key", "default_var");
        var found = find(call.Text("key"));
        return found is Undefined && call.Has("default_var") ? call.Get("default_var") : found;
    }));

    private static object? Json(string key, string text)
    {
        try
        {
            return TemplateJson.FromJson(JsonNode.Parse(text));
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            throw new TemplateFault($"The Variable '{key}' does not hold JSON. Read it with var.value.{key}, or correct it.");
        }
    }

    private static TemplateObject Parts(Connection connection) => TemplateObject.Of($"conn.{connection.ConnId}", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
    {
        ["conn_id"] = () => connection.ConnId,
        ["conn_type"] = () => connection.ConnType,
        ["description"] = () => connection.Description,
        ["host"] = () => connection.Host,
        ["login"] = () => connection.Login,
        ["password"] = () => connection.Password,
        ["schema"] = () => connection.Schema,
        ["port"] = () => (long?)connection.Port,
        ["extra"] = () => connection.Extra.ToJsonString(),
        ["extra_dejson"] = () => TemplateJson.FromJson(connection.Extra),
    }, connection.ConnId);
}
