using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Model.Connections;

/// <summary>Airflow's JSON form of a connection (airflow-semantics.md §21).</summary>
public static class ConnectionJson
{
    private static readonly string[] Keys = ["conn_id", "conn_type", "description", "host", "login", "password", "schema", "port", "extra"];

    /// <summary>Reads JSON with the keys conn_type, description, host, login, password, schema, port and extra (an object, or its text).</summary>
    /// <exception cref="ConnectionException">It is not a connection; the message repeats no value that may be secret.</exception>
    /// <exception cref="UnstorableTextException">A text in it cannot be stored.</exception>
    public static Connection Parse(string connId, string json)
    {
        var parts = ReadObject(json, $"The JSON of connection '{connId}'");
        foreach (var key in parts.Select(part => part.Key).Where(key => !Keys.Contains(key, StringComparer.Ordinal)))
            throw new ConnectionException($"The JSON of connection '{connId}' has the unknown key '{key}'.{Dags.NearestName.Hint(key, Keys)}");
        return ConnectionRules.Check(new Connection(connId, ConnectionRules.NormalizeType(Text(connId, parts, "conn_type") ?? ""))
        {
            Description = Text(connId, parts, "description"),
            Host = Text(connId, parts, "host"),
            Login = Text(connId, parts, "login"),
            Password = Text(connId, parts, "password"),
            Schema = Text(connId, parts, "schema"),
            Port = Port(connId, parts["port"]),
            Extra = parts["extra"] switch
            {
                null => [],
                JsonObject extra => extra.DeepClone().AsObject(),
                JsonValue text when text.GetValueKind() == JsonValueKind.String => ReadExtra(connId, text.GetValue<string>()),
                _ => throw new ConnectionException($"'extra' of connection '{connId}' must be a JSON object."),
            },
        });
    }

    /// <summary>Writes JSON that <see cref="Parse"/> reads back to the same connection, secrets included.</summary>
    public static string Format(Connection connection)
    {
        var parts = new JsonObject { ["conn_type"] = connection.ConnType };
        void Add(string key, JsonNode? value)
        {
            if (value is not null) parts[key] = value;
        }
        Add("description", connection.Description);
        Add("host", connection.Host);
        Add("login", connection.Login);
        Add("password", connection.Password);
        Add("schema", connection.Schema);
        Add("port", connection.Port);
        if (connection.Extra.Count > 0) parts["extra"] = connection.Extra.DeepClone();
        return parts.ToJsonString();
    }

    /// <summary>The extra written as a text of JSON; empty is no extra.</summary>
    /// <exception cref="ConnectionException">It is no JSON object.</exception>
    public static JsonObject ReadExtra(string connId, string json) =>
        string.IsNullOrWhiteSpace(json) ? [] : ReadObject(json, $"'extra' of connection '{connId}'");

    private static JsonObject ReadObject(string json, string subject)
    {
        try
        {
            using var _ = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return GivenJson.Parse(json) as JsonObject ?? throw new ConnectionException($"{subject} must be a JSON object.");
        }
        catch (JsonException error)
        {
            // The parser's own message may repeat a part of the text, so only its place is told.
            throw new ConnectionException($"{subject} is not valid JSON (line {error.LineNumber + 1}, column {error.BytePositionInLine + 1}).");
        }
    }

    private static string? Text(string connId, JsonObject parts, string key) => parts[key] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw new ConnectionException($"'{key}' of connection '{connId}' must be a text."),
    };

    private static int? Port(string connId, JsonNode? port) => port is null || port.ToString() is not { Length: > 0 } text ? null
        : ConnectionRules.ReadPort(connId, port.GetValueKind() == JsonValueKind.Number && text.EndsWith(".0", StringComparison.Ordinal) ? text[..^2] : text.ToString(CultureInfo.InvariantCulture));
}
