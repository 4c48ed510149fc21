using System.Buffers;
using System.Text.Json.Nodes;

namespace Pipelines.Model.Connections;

/// <summary>Hides secrets in texts (airflow-semantics.md §21.1). Immutable, so that threads may share one.</summary>
public sealed class SecretMask
{
    /// <summary>What stands for a secret.</summary>
    public const string Replacement = "***";

    /// <summary>Shorter values are not masked: they would hide ordinary words.</summary>
    public const int ShortestSecret = 5;

    private const int DeepestExtra = 5;

    private static readonly SearchValues<string> SensitiveNames = SearchValues.Create(
        [
            "access_key", "access_token", "api_key", "apikey", "auth_header", "authorization", "bearer", "connection_string", "dsn",
            "keyfile_dict", "passphrase", "passwd", "password", "private_key", "proxies", "proxy", "proxy_password", "secret",
            "service_account", "service_key", "token", "webhook_url",
        ], StringComparison.OrdinalIgnoreCase);

    private readonly string[] _secrets;
    private readonly SearchValues<string> _search;

    private SecretMask(IEnumerable<string> secrets)
    {
        // The longest first: of two secrets at one place the longer must be hidden whole.
        _secrets = secrets.Distinct(StringComparer.Ordinal).OrderByDescending(secret => secret.Length).ThenBy(secret => secret, StringComparer.Ordinal).ToArray();
        _search = SearchValues.Create(_secrets, StringComparison.Ordinal);
    }

    /// <summary>Hides nothing yet.</summary>
    public static SecretMask Empty { get; } = new([]);

    /// <summary>True when a field or variable of this name holds a secret.</summary>
    public static bool IsSensitive(string name) => name.AsSpan().ContainsAny(SensitiveNames);

    /// <summary>A mask that hides this value too, also where it is percent-encoded or escaped in JSON. Short values and <c>airflow</c> are left.</summary>
    public SecretMask With(string? secret) => secret is null or { Length: < ShortestSecret } or "airflow" ? this
        : new SecretMask([.. _secrets, secret, Uri.EscapeDataString(secret), JsonValue.Create(secret).ToJsonString()[1..^1]]);

    /// <summary>A mask that hides a connection's password and its extras of sensitive names, too.</summary>
    public SecretMask With(Connection connection) =>
        SensitiveTexts(connection.Extra, isSensitive: false, depth: 0).Append(connection.Password).Aggregate(this, (mask, secret) => mask.With(secret));

    /// <summary>A mask that hides what a run was given under sensitive names, too.</summary>
    public SecretMask With(JsonObject conf) => SensitiveTexts(conf, isSensitive: false, depth: 0).Aggregate(this, (mask, secret) => mask.With(secret));

    /// <summary>The text with every secret replaced; one pass however many secrets there are.</summary>
    public string Apply(string text)
    {
        var at = _secrets.Length == 0 ? -1 : text.AsSpan().IndexOfAny(_search);
        if (at < 0) return text;
        var masked = new System.Text.StringBuilder(text.Length);
        var from = 0;
        while (at >= 0)
        {
            var place = from + at;
            masked.Append(text, from, at).Append(Replacement);
            from = place + LengthAt(text, place);
            at = text.AsSpan(from).IndexOfAny(_search);
        }
        return masked.Append(text, from, text.Length - from).ToString();
    }

    /// <summary>The extra with every value of a sensitive name replaced, to be shown to users.</summary>
    public static JsonObject Redact(JsonObject extra) => Redact(extra, isSensitive: false)!.AsObject();

    /// <summary>A named value to be shown to users: replaced when its name is sensitive, and every part of it whose name is.</summary>
    public static JsonNode? Redact(string name, JsonNode? value) => Redact(value, IsSensitive(name));

    private int LengthAt(string text, int place) =>
        _secrets.First(secret => string.CompareOrdinal(text, place, secret, 0, secret.Length) == 0).Length;

    private static IEnumerable<string?> SensitiveTexts(JsonNode? node, bool isSensitive, int depth) => depth > DeepestExtra ? [] : node switch
    {
        JsonObject members => members.SelectMany(member => SensitiveTexts(member.Value, isSensitive || IsSensitive(member.Key), depth + 1)),
        JsonArray items => items.SelectMany(item => SensitiveTexts(item, isSensitive, depth + 1)),
        _ => isSensitive && node is not null ? [node.ToString()] : [],
    };

    private static JsonNode? Redact(JsonNode? node, bool isSensitive) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Redact(member.Value, isSensitive || IsSensitive(member.Key))))),
        JsonArray items => new JsonArray(items.Select(item => Redact(item, isSensitive)).ToArray()),
        null => null,
        _ => isSensitive ? Replacement : node.DeepClone(),
    };
}
