using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pipelines.Model.Connections;

/// <summary>Airflow's URI form of a connection: <c>type://login:password@host:port/schema?extra=…</c> (airflow-semantics.md §21).</summary>
public static class ConnectionUri
{
    private const string RawExtra = "__extra__";

    /// <summary>Reads a URI. Every part is percent-decoded.</summary>
    /// <exception cref="ConnectionException">It is not a connection URI; the message repeats no part that may be secret.</exception>
    public static Connection Parse(string connId, string uri)
    {
        // What stands in the query is data: an endpoint's URL there needs no encoding of its own.
        var (beforeQuery, query) = Cut(uri.Trim(), uri.Trim().IndexOf('?'));
        var parts = beforeQuery.Split("://");
        if (parts.Length is < 2 or > 3)
            throw new ConnectionException($"The URI of connection '{connId}' must look like type://login:password@host:port/schema?key=value, with '://' once (twice if the host has a protocol).");
        var (authority, schema) = Cut(parts[^1], parts[^1].IndexOf('/'));
        var at = authority.LastIndexOf('@');
        var (login, password) = at < 0 ? (null, null) : Login(authority[..at]);
        var (host, port) = HostAndPort(connId, authority[(at + 1)..]);
        return ConnectionRules.Check(new Connection(connId, ConnectionRules.NormalizeType(parts[0]))
        {
            Login = login,
            Password = password,
            Host = parts.Length == 3 ? $"{parts[1]}://{host}" : host,
            Port = port,
            Schema = Decode(schema),
            Extra = query is null ? [] : Extra(connId, query),
        });
    }

    /// <summary>Writes a URI that <see cref="Parse"/> reads back to the same connection, its description apart (a URI has no place for it).</summary>
    public static string Format(Connection connection)
    {
        var host = connection.Host ?? "";
        var protocol = host.IndexOf("://", StringComparison.Ordinal) is var at and > 0 ? host[..at] + "://" : "";
        var login = connection.Login is null && connection.Password is null ? ""
            : Encode(connection.Login) + (connection.Password is null ? "" : ":" + Encode(connection.Password)) + "@";
        var port = connection.Port is { } number ? string.Create(CultureInfo.InvariantCulture, $":{number}") : "";
        // A port alone must not read as the login's password.
        if (port.Length > 0 && login.Length == 0 && host.Length == 0) login = "@";
        var schema = connection.Schema is null ? "" : "/" + Encode(connection.Schema);
        var query = connection.Extra.Count == 0 ? "" : (schema.Length == 0 ? "/?" : "?") + Query(connection.Extra);
        return $"{connection.ConnType.Replace('_', '-')}://{protocol}{login}{Encode(host[(protocol.Length)..])}{port}{schema}{query}";
    }

    private static (string Head, string? Tail) Cut(string text, int at) => at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);

    private static (string? Login, string? Password) Login(string text)
    {
        var (login, password) = Cut(text, text.IndexOf(':'));
        return (Decode(login), password is null ? null : Uri.UnescapeDataString(password));
    }

    private static (string? Host, int? Port) HostAndPort(string connId, string text)
    {
        // An IPv6 address has colons of its own and stands in brackets.
        var colon = text.LastIndexOf(':');
        if (colon < text.LastIndexOf(']')) colon = -1;
        var (host, port) = Cut(text, colon);
        return (Decode(host), port is null or "" ? null : ConnectionRules.ReadPort(connId, port));
    }

    private static JsonObject Extra(string connId, string query)
    {
        var extra = new JsonObject();
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(pair, pair.IndexOf('='));
            extra[DecodeQuery(name)] = DecodeQuery(value ?? "");
        }
        return extra.Count == 1 && extra.TryGetPropertyValue(RawExtra, out var raw) ? ConnectionJson.ReadExtra(connId, raw!.GetValue<string>()) : extra;
    }

    // A query holds texts only; anything else, and a lone name that would be taken for ours, goes as one JSON.
    private static string Query(JsonObject extra)
    {
        var isFlat = extra.All(item => item.Value?.GetValueKind() == JsonValueKind.String && item.Key.Length > 0) && !extra.ContainsKey(RawExtra);
        return isFlat ? string.Join('&', extra.Select(item => $"{Encode(item.Key)}={Encode(item.Value!.GetValue<string>())}"))
            : $"{RawExtra}={Encode(extra.ToJsonString())}";
    }

    private static string Encode(string? text) => Uri.EscapeDataString(text ?? "");

    private static string? Decode(string? text) => text is null or "" ? null : Uri.UnescapeDataString(text);

    private static string DecodeQuery(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
