using Pipelines.Model.Dags;

namespace Pipelines.Web.Settings;

/// <summary>Finds what somebody set and nobody reads, most often for a slip in its name.</summary>
public static class UnknownSettings
{
    // The command line's own, see the README.
    private const string Home = Setting.Prefix + "HOME";

    private static readonly HashSet<string> Known =
        [Home, .. HostSettings.All.Select(setting => setting.Name), .. HostSettings.All.Where(setting => setting.IsSecret).Select(setting => setting.Name + Setting.FileSuffix)];

    /// <summary>One sentence or two for each variable that looks like a setting of ours and is none.</summary>
    /// <param name="names">Of the environment's variables.</param>
    public static IReadOnlyList<string> Warnings(IEnumerable<string> names) =>
        [.. names.Where(name => name.StartsWith(Setting.Prefix, StringComparison.OrdinalIgnoreCase) && !Known.Contains(name)).Order(StringComparer.Ordinal)
            .Select(name => $"{name} is not a setting and has no effect. {(Near(name) is { } near ? $"Did you mean {near}?" : "'pipelines config list' shows all settings.")}")];

    // The prefix is no likeness.
    private static string? Near(string name) =>
        NearestName.Of(name[Setting.Prefix.Length..], Known.Select(known => known.Replace(Setting.Prefix, "", StringComparison.Ordinal))) is { } near ? Setting.Prefix + near : null;
}
