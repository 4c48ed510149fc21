using System.Text.Json;

namespace Pipelines.LocalCloud.Postgres;

/// <summary>
/// npm cannot pack symbolic links, so the package lists the ones its libraries need in pg-symlinks.json. Its install script would
/// make them; we do not run install scripts, so they are made here.
/// </summary>
internal static class SharedLibraryLinks
{
    /// <summary>Makes the missing links beside the libraries, or in <paramref name="fallbackFolder"/> where that folder is read-only.</summary>
    /// <returns>The environment variables that the server needs to find its libraries.</returns>
    public static IReadOnlyDictionary<string, string> Ensure(PostgresBinaries binaries, string fallbackFolder)
    {
        var package = Path.GetFullPath(Path.Combine(binaries.Folder, "..", ".."));
        var list = Path.Combine(package, "native", "pg-symlinks.json");
        if (!binaries.FromNpm || !File.Exists(list))
            return new Dictionary<string, string>();

        var missing = JsonSerializer.Deserialize<List<Link>>(File.ReadAllText(list), JsonSerializerOptions.Web)!
            .Where(link => !File.Exists(Path.Combine(package, link.Target)))
            .ToList();
        try
        {
            foreach (var link in missing)
                Make(Path.Combine(package, link.Target), Path.GetFileName(link.Source));
            return new Dictionary<string, string>();
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            Directory.CreateDirectory(fallbackFolder);
            foreach (var link in missing)
                Make(Path.Combine(fallbackFolder, Path.GetFileName(link.Target)), Path.Combine(package, link.Source));
            return new Dictionary<string, string> { [OperatingSystem.IsMacOS() ? "DYLD_LIBRARY_PATH" : "LD_LIBRARY_PATH"] = fallbackFolder };
        }
    }

    private static void Make(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process that starts at the same moment made it.
        }
    }

    private sealed record Link(string Source, string Target);
}
