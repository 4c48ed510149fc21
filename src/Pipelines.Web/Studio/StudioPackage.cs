using System.Reflection;
using System.Text.Json;
using Microsoft.AspNetCore.StaticFiles;

namespace Pipelines.Web.Studio;

/// <summary>
/// The npm package of Elsa Studio, as it came. Its files are listed once, when the host starts, and only what is listed is served: no
/// path leads out of it.
/// </summary>
public sealed class StudioPackage
{
    private const string Name = "@elsa-workflows/elsa-studio-wasm";
    private const string Manifest = "package.json";

    private static readonly FileExtensionContentTypeProvider ContentTypes = new() { Mappings = { [".dat"] = "application/octet-stream" } };

    private readonly Dictionary<string, StudioFile> _files = new(StringComparer.Ordinal);

    private StudioPackage(string folder)
    {
        using var package = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, Manifest)));
        Version = package.RootElement.GetProperty("version").GetString();
        var paths = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToHashSet(StringComparer.Ordinal);
        foreach (var path in paths)
        {
            // A compressed sibling has no name of its own; it is sent in place of the file that it is made from.
            if (Path.GetExtension(path) is ".gz" or ".br" || !ContentTypes.TryGetContentType(path, out var contentType)) continue;
            var name = Path.GetRelativePath(folder, path).Replace('\\', '/');
            _files[name] = new StudioFile(name, path, contentType) { HasBrotli = paths.Contains($"{path}.br"), HasGzip = paths.Contains($"{path}.gz") };
        }
    }

    private StudioPackage()
    {
    }

    /// <summary>As npm says it, e.g. <c>3.8.2</c>; null: the package is missing, and this has no files.</summary>
    public string? Version { get; }

    /// <summary>What to do when it is missing.</summary>
    public static string Missing => $"{Name} was looked for in {string.Join(" and ", Folders())}. Run \"npm ci\" in src/Pipelines.Web and start the host again.";

    /// <summary>Looks beside the program, then where it was built.</summary>
    public static StudioPackage Find() =>
        Folders().FirstOrDefault(folder => File.Exists(Path.Combine(folder, Manifest))) is { } folder ? new StudioPackage(folder) : new StudioPackage();

    /// <param name="name">Relative, with '/'; null: no such file.</param>
    public StudioFile? FindFile(string name) => _files.GetValueOrDefault(name);

    private static IEnumerable<string> Folders()
    {
        var built = typeof(StudioPackage).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(attribute => attribute.Key == "NodeModules")?.Value;
        string[] roots = [Path.Combine(AppContext.BaseDirectory, "node_modules"), .. built is null ? Array.Empty<string>() : [built]];
        return roots.Select(root => Path.GetFullPath(Path.Combine(root, Name)));
    }
}
