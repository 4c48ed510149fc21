using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Pipelines.LocalCloud.Postgres;

/// <summary>A folder with <c>postgres</c> and <c>initdb</c>. npm's package comes first, then servers installed on the machine.</summary>
internal sealed partial record PostgresBinaries(string Folder, bool FromNpm)
{
    private static readonly string Suffix = OperatingSystem.IsWindows() ? ".exe" : "";

    public string Postgres => Path.Combine(Folder, "postgres" + Suffix);

    public string Initdb => Path.Combine(Folder, "initdb" + Suffix);

    public string PgCtl => Path.Combine(Folder, "pg_ctl" + Suffix);

    /// <summary>Every server found, the preferred one first.</summary>
    /// <exception cref="EmbeddedPostgresException">There is none.</exception>
    public static IReadOnlyList<PostgresBinaries> FindAll()
    {
        var found = NpmFolders().Select(folder => new PostgresBinaries(folder, FromNpm: true))
            .Concat(SystemFolders().Select(folder => new PostgresBinaries(folder, FromNpm: false)))
            .Where(binaries => File.Exists(binaries.Postgres) && File.Exists(binaries.Initdb))
            .DistinctBy(binaries => binaries.Folder)
            .ToList();
        return found.Count > 0 ? found : throw new EmbeddedPostgresException(
            $"No PostgreSQL server was found for {RuntimeInformation.RuntimeIdentifier}. Looked in {string.Join(", ", NpmFolders())}, on PATH and in "
            + "/usr/lib/postgresql. Run \"npm ci\" in src/Pipelines.LocalCloud, or install PostgreSQL 14 or newer (Debian: apt-get install postgresql).");
    }

    /// <summary>"postgres (PostgreSQL) 18.4" → 18; null when this is not a PostgreSQL's answer.</summary>
    public static int? ParseMajor(string versionLine) =>
        VersionLine().Match(versionLine) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan) : null;

    private static IEnumerable<string> NpmFolders()
    {
        var built = typeof(PostgresBinaries).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(attribute => attribute.Key == "NodeModules")?.Value;
        string[] roots = [Path.Combine(AppContext.BaseDirectory, "node_modules"), .. built is null ? Array.Empty<string>() : [built]];
        return roots.Select(root => Path.GetFullPath(Path.Combine(root, "@embedded-postgres", NpmPackage, "native", "bin")));
    }

    private static string NpmPackage => $"{OperatingSystemName}-{(RuntimeInformation.OSArchitecture == Architecture.Arm64 ? "arm64" : "x64")}";

    private static string OperatingSystemName => OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";

    private static IEnumerable<string> SystemFolders()
    {
        // Debian's /usr/bin has links to psql but not to initdb, so the versioned folders are asked too, the newest first.
        var onPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(folder => File.Exists(Path.Combine(folder, "postgres" + Suffix)))
            .Select(RealFolder);
        const string debian = "/usr/lib/postgresql";
        var versioned = Directory.Exists(debian)
            ? Directory.GetDirectories(debian).OrderByDescending(MajorOfFolder).Select(folder => Path.Combine(folder, "bin"))
            : [];
        return onPath.Concat(versioned);
    }

    private static string RealFolder(string folder)
    {
        var target = File.ResolveLinkTarget(Path.Combine(folder, "postgres" + Suffix), returnFinalTarget: true);
        return Path.GetDirectoryName(target?.FullName) ?? folder;
    }

    private static int MajorOfFolder(string folder) => int.TryParse(Path.GetFileName(folder), out var major) ? major : 0;

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex VersionLine();
}
