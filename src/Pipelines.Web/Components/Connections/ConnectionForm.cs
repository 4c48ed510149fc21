using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Web.Components.Connections;

/// <summary>
/// What a person types about a connection. The stored secrets never leave the server: an empty field keeps them, as long as the
/// connection leads where they were typed for.
/// </summary>
internal sealed class ConnectionForm
{
    private const string Elsewhere =
        "The connection leads elsewhere now (type, host, port or endpoint_url), and its stored secrets are not for that place. Type the password again, and each part of the extra that is shown as ***.";

    private readonly Connection? _stored;
    private readonly string _shownExtra;

    /// <param name="stored">With its secrets; null: a new one.</param>
    public ConnectionForm(Connection? stored)
    {
        _stored = stored;
        (ConnId, ConnType, Host, Login, Schema, Description) = (stored?.ConnId ?? "", stored?.ConnType ?? ConnectionTypes.All[0].Type, stored?.Host, stored?.Login, stored?.Schema, stored?.Description);
        Port = stored?.Port?.ToString(CultureInfo.InvariantCulture);
        Extra = _shownExtra = stored is { Extra.Count: > 0 } ? SecretMask.Redact(stored.Extra).ToJsonString(new JsonSerializerOptions { WriteIndented = true }) : "";
    }

    public bool IsNew => _stored is null;

    public string ConnId { get; set; }

    public string ConnType { get; set; }

    public string? Host { get; set; }

    public string? Port { get; set; }

    public string? Schema { get; set; }

    public string? Login { get; set; }

    public string? Password { get; set; }

    public string Extra { get; set; }

    public string? Description { get; set; }

    /// <summary>Airflow's URI form; when given it counts instead of the fields.</summary>
    public string? Uri { get; set; }

    /// <summary>The connection, or what is wrong in words.</summary>
    public (Connection? Connection, string? Problem) Read()
    {
        try
        {
            if (!string.IsNullOrWhiteSpace(Uri)) return (ConnectionUri.Parse(ConnId, Uri.Trim()) with { Description = Given(Description) }, null);
            var typed = ConnectionRules.Check(new Connection(ConnId, ConnType)
            {
                Host = Given(Host),
                Port = Given(Port) is { } port ? int.Parse(port, NumberStyles.None, CultureInfo.InvariantCulture) : null,
                Schema = Given(Schema),
                Login = Given(Login),
                Password = Given(Password) ?? _stored?.Password,
                Extra = ReadExtra(),
                Description = Given(Description),
            });
            return _stored is not null && PlaceOf(typed) != PlaceOf(_stored) && KeepsSecrets ? (null, Elsewhere) : (typed, null);
        }
        catch (Exception error) when (error is ConnectionException or UnstorableTextException)
        {
            return (null, error.Message);
        }
        catch (Exception error) when (error is FormatException or OverflowException)
        {
            return (null, $"The port '{Port}' is no number from 0 to 65535.");
        }
        catch (JsonException error)
        {
            return (null, $"The extra is no JSON object (line {error.LineNumber + 1}). Write e.g. {{\"region_name\": \"eu-central-1\"}}.");
        }
    }

    private bool KeepsSecrets => (Given(Password) is null && _stored?.Password is not null) || Extra.Contains(SecretMask.Replacement, StringComparison.Ordinal);

    private static (string, string?, int?, string?) PlaceOf(Connection connection) => (connection.ConnType, connection.Host, connection.Port, connection.ExtraText("endpoint_url"));

    private JsonObject ReadExtra()
    {
        if (string.IsNullOrWhiteSpace(Extra)) return [];
        if (Extra == _shownExtra) return (JsonObject)_stored!.Extra.DeepClone();
        var extra = GivenJson.Parse(Extra) as JsonObject ?? throw new JsonException();
        if (_stored is not null) Restore(extra, _stored.Extra);
        return extra;
    }

    // Parts that were shown as *** and left so are the stored ones.
    private static void Restore(JsonObject typed, JsonObject stored)
    {
        foreach (var (name, value) in typed.ToList())
        {
            if (value is JsonObject inner && stored[name] is JsonObject before) Restore(inner, before);
            else if (value?.GetValueKind() == JsonValueKind.String && value.GetValue<string>() == SecretMask.Replacement && stored[name] is { } kept) typed[name] = kept.DeepClone();
        }
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}
