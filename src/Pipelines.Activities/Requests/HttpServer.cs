using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.Requests;

/// <summary>A server as an http connection describes it, read as Airflow's HttpHook reads it.</summary>
/// <param name="connection">Of type http or https; a host with a protocol in it is the whole base address.</param>
internal sealed class HttpServer(Connection connection)
{
    // What HttpHook takes out of the extra; the rest are headers.
    private static readonly HashSet<string> Options = new(
        ["stream", "cert", "proxies", "proxy", "timeout", "verify", "verify_ssl", "allow_redirects", "max_redirects", "trust_env", "check_response"], StringComparer.Ordinal);

    private static readonly TimeSpan UsualTimeout = TimeSpan.FromMinutes(1);

    /// <summary>The time for the whole answer that the connection allows.</summary>
    public TimeSpan Timeout => connection.ExtraText("timeout") is not { } text ? UsualTimeout
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 86_400 ? TimeSpan.FromSeconds(seconds)
        : throw Wrong("timeout", "seconds such as 30");

    /// <summary>Whether a status of 400 and more is a failure.</summary>
    public bool ChecksResponse => Switch("check_response", true);

    /// <summary>The address of an endpoint, joined as Airflow joins it.</summary>
    /// <exception cref="TaskFailure">It is no address (not retryable).</exception>
    public Uri Address(string? endpoint)
    {
        if (connection.ConnType is not ("http" or "https")) throw new TaskFailure($"Connection '{connection.ConnId}' is of type {connection.ConnType}. Name one of type http in input 'httpConnId'.", retryable: false);
        var host = connection.Host ?? "";
        var address = host.Contains("://", StringComparison.Ordinal) ? host
            : $"{(string.IsNullOrEmpty(connection.Schema) ? connection.ConnType : connection.Schema)}://{host}{(connection.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $":{port}") : "")}";
        if (!string.IsNullOrEmpty(endpoint)) address = address.EndsWith('/') || endpoint.StartsWith('/') ? address + endpoint : $"{address}/{endpoint}";
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && host.Length > 0 ? uri
            : throw new TaskFailure($"Connection '{connection.ConnId}' and input 'endpoint' give no address: '{address}'. The connection's host must be a name, its schema http or https.", retryable: false);
    }

    /// <summary>A client for one attempt.</summary>
    /// <exception cref="TaskFailure">The extra cannot be read (not retryable).</exception>
    public HttpClient Open()
    {
        if (connection.Extra.ContainsKey("cert")) throw Wrong("cert", "left out: client certificates are not supported yet");
        var proxy = Proxy();
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = Switch("allow_redirects", true),
            MaxAutomaticRedirections = int.TryParse(connection.ExtraText("max_redirects") ?? "30", NumberStyles.None, CultureInfo.InvariantCulture, out var most) && most > 0 ? most : throw Wrong("max_redirects", "a number such as 30"),
            AutomaticDecompression = DecompressionMethods.All,
            UseProxy = Switch("trust_env", true) || proxy is not null,
            UseCookies = false,
        };
        if (proxy is not null) handler.Proxy = new WebProxy(proxy);
#pragma warning disable CA5359 // The connection's owner asks for it by name, as in Airflow.
        if (!Switch("verify", Switch("verify_ssl", true))) handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        return new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
    }

    /// <summary>Adds login and headers: the connection's, and over them the task's.</summary>
    /// <exception cref="TaskFailure">A header cannot be sent (not retryable).</exception>
    public void Prepare(HttpRequestMessage request, JsonObject headers)
    {
        var merged = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in connection.Extra.Where(member => !Options.Contains(member.Key)).Concat(headers)) merged[name] = value?.ToString() ?? "";
        foreach (var (name, value) in merged)
        {
            if (name.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)) request.Content?.Headers.ContentType = null;
            var isSent = !value.AsSpan().ContainsAny('\r', '\n') && (request.Headers.TryAddWithoutValidation(name, value) || request.Content?.Headers.TryAddWithoutValidation(name, value) is true);
            // Without a body there is nothing that Content-Type and the like could describe.
            if (!isSent && !(request.Content is null && name.StartsWith("Content-", StringComparison.OrdinalIgnoreCase)))
                throw new TaskFailure($"The header '{name}' cannot be sent. Correct its name or value in input 'headers' or in the extra of connection '{connection.ConnId}'.", retryable: false);
        }
        if (!string.IsNullOrEmpty(connection.Login))
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{connection.Login}:{connection.Password}")));
    }

    private Uri? Proxy()
    {
        var proxies = connection.Extra["proxies"] ?? connection.Extra["proxy"];
        var named = proxies is JsonObject each ? each[Address(null).Scheme]?.ToString() : proxies?.ToString();
        return named is null ? null : Uri.TryCreate(named, UriKind.Absolute, out var uri) ? uri : throw Wrong("proxies", "an address such as http://proxy:3128, or one per protocol");
    }

    private bool Switch(string name, bool fallback) => connection.ExtraText(name) is not { } text ? fallback
        : bool.TryParse(text, out var value) ? value : throw Wrong(name, "true or false");

    private TaskFailure Wrong(string name, string right) => new($"'{name}' in the extra of connection '{connection.ConnId}' must be {right}.", retryable: false);
}
