using System.Text.Json;
using Pipelines.Cli.Hosting;
using Pipelines.Cli.Terminal;
using Pipelines.Storage.Secrets;
using Pipelines.Web.Settings;

namespace Pipelines.Cli;

/// <summary>
/// Where <c>standalone</c> keeps its data, and how the other verbs find a running one: a private file in the data directory holds
/// the address of its database and its encryption key.
/// </summary>
internal sealed class Home(string directory)
{
    private const string FileName = "standalone.json";

    /// <summary>The directory, absolute.</summary>
    public string Directory { get; } = Path.GetFullPath(directory);

    /// <summary><c>$PIPELINES_HOME</c>, else <c>~/.pipelines</c>.</summary>
    public static string DefaultDirectory =>
        Settings.Optional("HOME")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".pipelines");

    private string StandaloneFile => Path.Combine(Directory, FileName);

    /// <summary>Makes the directory, readable by its owner alone.</summary>
    /// <exception cref="CliError">It cannot be made.</exception>
    public Home Create()
    {
        try
        {
            if (OperatingSystem.IsWindows()) System.IO.Directory.CreateDirectory(Directory);
            else System.IO.Directory.CreateDirectory(Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return this;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliError($"{Directory} cannot be made a data directory here. Name one that you may write with --data-dir or PIPELINES_HOME. ({error.Message})");
        }
    }

    /// <summary>Publishes a running standalone to the other verbs.</summary>
    public void Write(Standalone standalone) => WritePrivate(StandaloneFile, JsonSerializer.Serialize(standalone));

    /// <summary>A secret that is made once and kept in a private file.</summary>
    public string Secret(string name, Func<string> make)
    {
        var path = Path.Combine(Directory, name);
        if (!File.Exists(path)) WritePrivate(path, make());
        return File.ReadAllText(path).Trim();
    }

    /// <summary>The key of a standalone's secrets, made once.</summary>
    /// <exception cref="CliError">Its file holds something else.</exception>
    public string FernetKey()
    {
        const string name = "fernet.key";
        var key = Secret(name, Storage.Secrets.FernetKey.Generate);
        return FernetKeys.TryRead(key) is not null ? key
            : throw new CliError($"{Path.Combine(Directory, name)} holds no Fernet key. Put the file back as it was (without that key the stored connections and variables cannot be read), or give another --data-dir to begin anew.");
    }

    /// <summary>Takes it back when it stops.</summary>
    public void Remove() => File.Delete(StandaloneFile);

    /// <summary>Where a running standalone's web UI is; null: none runs here.</summary>
    public string? FindUrl() => File.Exists(StandaloneFile) ? Read().Url : null;

    /// <summary>The database to talk to: the environment's, else a running standalone's.</summary>
    /// <exception cref="CliError">Neither is there.</exception>
    public Standalone Find()
    {
        if (Settings.Given("DATABASE") is not null) return new Standalone(Settings.Database, Settings.FernetKey, null, PluginsFolder());
        if (!File.Exists(StandaloneFile))
            throw new CliError($"No Pipelines is running on {Directory}. Start one with 'pipelines standalone', name its --data-dir, or set PIPELINES_DATABASE.");
        return Read() with { Plugins = PluginsFolder() };
    }

    /// <summary>Where plugins are looked for: where the environment says, else where a running standalone does, else in this folder's <c>plugins</c>.</summary>
    public string PluginsFolder() =>
        Settings.Given("PLUGINS") ?? (File.Exists(StandaloneFile) ? Read().Plugins : null) ?? HostSettings.Defaults.Plugins;

    private Standalone Read() => JsonSerializer.Deserialize<Standalone>(File.ReadAllText(StandaloneFile))!;

    private static void WritePrivate(string path, string text)
    {
        var file = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) file.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(path, file);
        writer.Write(text);
    }

    /// <summary>How to reach an engine's database.</summary>
    /// <param name="Database">Npgsql connection string of the metadata database.</param>
    /// <param name="FernetKey">Key(s) that encrypt secrets.</param>
    /// <param name="Url">Of the web UI, if known.</param>
    /// <param name="Plugins">The folder of plugins, if known.</param>
    internal sealed record Standalone(string Database, string FernetKey, string? Url, string? Plugins);
}
