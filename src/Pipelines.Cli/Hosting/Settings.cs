using Pipelines.Web;
using Pipelines.Web.Settings;

namespace Pipelines.Cli.Hosting;

/// <summary>Reads settings from environment variables.</summary>
internal static class Settings
{
    /// <summary>The settings of one role. What all hosts must share is never made up here.</summary>
    /// <exception cref="SettingException">A setting is missing or malformed.</exception>
    public static PipelinesOptions FromEnvironment(HostRoles role) => HostSettings.Read(role, Environment.GetEnvironmentVariable);

    /// <summary>What the environment adds to a host that made itself a database and keys.</summary>
    /// <exception cref="SettingException">A setting is malformed.</exception>
    public static PipelinesOptions Over(PipelinesOptions made) => HostSettings.ReadOver(made, Environment.GetEnvironmentVariable);

    /// <summary>Where the host of this environment listens.</summary>
    /// <exception cref="SettingException">It is malformed.</exception>
    public static Uri Url => Alone("URL").Url;

    /// <summary>The connection string of the environment's metadata database.</summary>
    /// <exception cref="SettingException">It is missing or malformed.</exception>
    public static string Database => Alone("DATABASE").Database;

    /// <summary>The key, or keys, of the secrets in it.</summary>
    /// <exception cref="SettingException">It is missing or malformed.</exception>
    public static string FernetKey => Alone("FERNET_KEY").FernetKey;

    /// <summary>A setting of the command line alone, or null when unset or empty.</summary>
    public static string? Optional(string name) => Environment.GetEnvironmentVariable(Setting.Prefix + name) is { Length: > 0 } value ? value : null;

    /// <summary>A host's setting, or null when it is not set; it may come from a file.</summary>
    /// <exception cref="SettingException">Its file cannot be read.</exception>
    public static string? Given(string name) =>
        HostSettings.Named(Setting.Prefix + name).Given(Environment.GetEnvironmentVariable);

    /// <summary>What the environment sets in vain, in words.</summary>
    public static IReadOnlyList<string> Unknown => UnknownSettings.Warnings(Environment.GetEnvironmentVariables().Keys.Cast<string>());

    private static PipelinesOptions Alone(string name) => HostSettings.Named(Setting.Prefix + name).Read(HostSettings.Defaults, Environment.GetEnvironmentVariable);
}
