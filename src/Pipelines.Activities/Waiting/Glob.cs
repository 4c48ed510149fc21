using System.Text;
using System.Text.RegularExpressions;

namespace Pipelines.Activities.Waiting;

/// <summary>Python's fnmatch and glob: <c>*</c>, <c>?</c> and <c>[…]</c>.</summary>
internal static class Glob
{
    private static readonly char[] Special = ['*', '?', '['];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>What comes before anything special.</summary>
    public static string Literal(string pattern) => pattern.IndexOfAny(Special) is >= 0 and var at ? pattern[..at] : pattern;

    /// <summary>Matches a whole text, slashes included.</summary>
    public static Regex ToRegex(string pattern)
    {
        var text = new StringBuilder(@"\A");
        for (var at = 0; at < pattern.Length; at++)
        {
            var end = pattern[at] == '[' ? pattern.IndexOf(']', Math.Min(at + 2, pattern.Length)) : -1;
            if (end > 0) text.Append(Class(pattern[(at + 1)..end]));
            else text.Append(pattern[at] switch { '*' => ".*", '?' => ".", var other => Regex.Escape(other.ToString()) });
            if (end > 0) at = end;
        }

        return new Regex(text.Append(@"\z").ToString(), RegexOptions.Singleline | RegexOptions.CultureInvariant, Patience);
    }

    /// <summary>Files and folders that fit a path; <c>**</c> is any number of folders where <paramref name="recursive"/> is set. Links are not followed into circles: .NET stops at them.</summary>
    public static IEnumerable<string> Paths(string pattern, bool recursive)
    {
        if (Literal(pattern) == pattern) return Path.Exists(pattern) ? [pattern] : [];
        var root = Path.GetPathRoot(pattern)!;
        IEnumerable<string> found = [root];
        foreach (var part in pattern[root.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
            found = found.SelectMany(folder => Within(folder, part, recursive)).ToList();
        return found;
    }

    private static IEnumerable<string> Within(string folder, string part, bool recursive)
    {
        if (Literal(part) == part) return Path.Exists(Path.Combine(folder, part)) ? [Path.Combine(folder, part)] : [];
        if (!Directory.Exists(folder)) return [];
        if (part == "**" && recursive) return Directory.EnumerateDirectories(folder, "*", Deep).Prepend(folder);
        var regex = ToRegex(part);
        // As a shell: what is hidden is matched only by a pattern that says so.
        return Directory.EnumerateFileSystemEntries(folder, "*", Here).Where(path => Path.GetFileName(path) is var name && regex.IsMatch(name) && (part[0] == '.' || name[0] != '.'));
    }

    private static EnumerationOptions Here => new() { AttributesToSkip = 0 };

    private static EnumerationOptions Deep => new() { AttributesToSkip = FileAttributes.Hidden | FileAttributes.ReparsePoint, RecurseSubdirectories = true };

    private static string Class(string members)
    {
        var escaped = members.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal);
        return escaped[0] == '!' ? $"[^{escaped[1..]}]" : escaped[0] == '^' ? $@"[\{escaped}]" : $"[{escaped}]";
    }
}
