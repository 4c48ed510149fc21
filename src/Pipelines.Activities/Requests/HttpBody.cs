using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Requests;

/// <summary>Where the data of a request goes, as in Airflow: into the query of a GET, nowhere for a HEAD, else into the body.</summary>
internal static class HttpBody
{
    private const string Form = "application/x-www-form-urlencoded";

    /// <summary>The address with the data of a GET in its query: the members of a JSON object (a list's items each), or the text as it is.</summary>
    public static Uri WithQuery(Uri address, string? data)
    {
        if (data is null) return address;
        var query = Parse(data) is JsonObject members ? Encode(members) : data.TrimStart('?');
        return new UriBuilder(address) { Query = address.Query.Length > 1 ? $"{address.Query[1..]}&{query}" : query }.Uri;
    }

    /// <summary>The body: the text as it is, said to be JSON if it is an object or array; or, where the header asks for one, a form of an object's members.</summary>
    public static HttpContent? Of(string? data, JsonObject headers)
    {
        if (data is null) return null;
        var asked = headers.FirstOrDefault(header => header.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)).Value?.ToString();
        var json = Parse(data);
        if (asked?.StartsWith(Form, StringComparison.OrdinalIgnoreCase) is true && json is JsonObject members) return new StringContent(Encode(members), Encoding.UTF8, Form);
        return new StringContent(data, Encoding.UTF8, json is JsonObject or JsonArray ? "application/json" : "text/plain");
    }

    private static string Encode(JsonObject members) => string.Join('&',
        from member in members
        from value in member.Value is JsonArray items ? items.AsEnumerable() : [member.Value]
        where value is not null
        select $"{Uri.EscapeDataString(member.Key)}={Uri.EscapeDataString(value.ToString())}");

    private static JsonNode? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The headers of a task.</summary>
    /// <exception cref="TaskFailure">Input 'headers' is no JSON object (not retryable).</exception>
    public static JsonObject Headers(RenderedInputs inputs) => inputs.Json("headers", [], json => json!.AsObject(), "a JSON object, such as {\"Accept\": \"application/json\"}");
}
