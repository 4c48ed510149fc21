namespace Pipelines.Engine.Folder;

/// <summary>Where a path leads when all links on the way are followed, as realpath(3) has it.</summary>
internal static class RealPath
{
    private const int MostLinks = 40;

    /// <summary>The path without links; what does not exist stays as it is.</summary>
    /// <exception cref="IOException">The links go round in a circle, or cannot be read.</exception>
    public static string Of(string path) => Of(Path.GetFullPath(path), MostLinks);

    /// <summary>Whether a path is in a folder, links followed on both sides.</summary>
    /// <exception cref="IOException">As there.</exception>
    public static bool IsIn(string path, string folder) => Of(path).StartsWith(Of(folder).TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static string Of(string path, int linksLeft)
    {
        if (linksLeft == 0) throw new IOException($"Too many links lead to {path}.");
        var resolved = Path.GetPathRoot(path)!;
        foreach (var part in path[resolved.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            var next = Path.Combine(resolved, part);
            resolved = new FileInfo(next).LinkTarget is { } target ? Of(Path.GetFullPath(target, resolved), linksLeft - 1) : next;
        }
        return resolved;
    }
}
