using System.Globalization;
using Pipelines.Cli.Terminal;
using Pipelines.Web;

namespace Pipelines.Cli.Hosting;

/// <summary>Reads a host's settings from environment variables.</summary>
internal static class Settings
{
    private const string Prefix = "PIPELINES_";

    /// <summary>The settings of one role. What all hosts must share is never made up here.</summary>
    /// <exception cref="CliError">A setting is missing or malformed.</exception>
    public static PipelinesOptions FromEnvironment(HostRoles role)
    {
        var defaults = new PipelinesOptions { Database = "", FernetKey = "", KeysDirectory = "", JwtSecret = "" };
        return defaults with
        {
            Database = Required("DATABASE", "the Npgsql connection string of the metadata database"),
            FernetKey = Required("FERNET_KEY", "the key that encrypts secrets, the same on every host; 'pipelines db fernet-key' makes one"),
            KeysDirectory = role.HasFlag(HostRoles.Web) ? Required("KEYS_DIRECTORY", "a directory, shared by all web hosts, for the keys of login cookies") : "",
            JwtSecret = role.HasFlag(HostRoles.Web) ? Secret("JWT_SECRET", "what the API's tokens are signed with, the same on every web host; any long random text, e.g. of 'openssl rand -base64 32'") : "",
            Workflows = Optional("WORKFLOWS") ?? defaults.Workflows,
            Url = Optional("URL") is { } url ? Parse(url) : role.HasFlag(HostRoles.Web) ? defaults.Url : new Uri("http://127.0.0.1:0"),
            Workers = Optional("WORKERS") is { } workers ? Number("WORKERS", workers) : defaults.Workers,
            Queues = Optional("QUEUES")?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? defaults.Queues,
            StopGrace = StopGrace() ?? defaults.StopGrace,
            AdminPassword = Optional("ADMIN_PASSWORD"),
            Roles = role,
        };
    }

    /// <summary>An environment variable, or null when unset or empty.</summary>
    public static string? Optional(string name) => Environment.GetEnvironmentVariable(Prefix + name) is { Length: > 0 } value ? value : null;

    private static string Required(string name, string what) =>
        Optional(name) ?? throw new CliError($"{Prefix}{name} is not set. It is {what}. Use 'pipelines standalone' to have everything made for you.");

    // Who guesses it can make tokens of any user.
    private static string Secret(string name, string what) => Required(name, what) is { Length: >= 32 } secret ? secret
        : throw new CliError($"{Prefix}{name} is shorter than 32 characters, which could be guessed. It is {what}.");

    private static Uri Parse(string url) => Uri.TryCreate(url, UriKind.Absolute, out var parsed) && parsed.Scheme is "http" or "https" ? parsed
        : throw new CliError($"{Prefix}URL is '{url}' but must be like http://127.0.0.1:8080.");

    /// <summary><c>PIPELINES_STOP_GRACE</c>, or null when unset.</summary>
    /// <exception cref="CliError">It is malformed.</exception>
    public static TimeSpan? StopGrace() => Optional("STOP_GRACE") is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds)
        : throw new CliError($"{Prefix}STOP_GRACE is '{text}' but must be a whole number of seconds, 0 or more.");

    private static int Number(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
        : throw new CliError($"{Prefix}{name} is '{text}' but must be a whole number above 0.");
}
