using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Plugins;

/// <summary>
/// The folder of plugins: libraries in it, or in a folder of their own one level below, whose activities and weight rules are in the catalog. Libraries that
/// come, change or go do so while the host runs; a bad one says why and stops nothing.
/// </summary>
public sealed class PluginFolder
{
    // Airflow's core.dagbag_import_timeout.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _folder;
    private readonly ActivityCatalog _catalog;
    private readonly ILogger _log;
    private readonly HashSet<string> _builtIn;
    private readonly TimeSpan _patience;

    // An activity that runs keeps the place of its code, whatever has come instead.
    private readonly ConditionalWeakTable<object, PluginContext> _places = [];

    // By folder: how it looked when it was loaded, and at the last look.
    private readonly Dictionary<string, string> _loaded = new(StringComparer.Ordinal);
    private Dictionary<string, string>? _seen;
    private IReadOnlyList<LoadedPlugin> _plugins = [];
    private string? _trouble;

    /// <param name="folder">Where they are; it need not be there.</param>
    /// <param name="catalog">Has the built-in activities, and gets those of plugins.</param>
    /// <param name="log">Is told what came, went, and is wrong.</param>
    /// <param name="patience">The longest that the constructors of one plugin may take; null: 30 seconds.</param>
    public PluginFolder(string folder, ActivityCatalog catalog, ILogger<PluginFolder> log, TimeSpan? patience = null)
    {
        (_folder, _catalog, _log, _patience) = (Path.GetFullPath(folder), catalog, log, patience ?? Patience);
        _builtIn = [.. catalog.Descriptors.Keys];
        Look();
    }

    /// <summary>The built-in activities and those of plugins.</summary>
    public ActivityCatalog Catalog => _catalog;

    /// <summary>Where they are, absolute.</summary>
    public string Folder => _folder;

    /// <summary>Every plugin that is there, with what is wrong with it, by file.</summary>
    public IReadOnlyList<Plugin> Plugins { get; private set; } = [];

    /// <summary>
    /// Looks at the folder. What has changed is loaded at the first look at which it is as it was at the look before: nothing that is being
    /// copied is. Never throws; when the folder cannot be looked at, plugins stay as they are.
    /// </summary>
    public void Look()
    {
        try
        {
            Compare();
            _trouble = null;
        }
        catch (Exception error)
        {
            // Said once: it would be at every look.
            if (_trouble != error.Message) _log.LogError(error, "The plugins folder {Folder} cannot be looked at, so plugins stay as they are: {Error}", _folder, error.Message);
            _trouble = error.Message;
        }
    }

    private void Compare()
    {
        var now = Stamps();
        var changed = now.Keys.Union(_loaded.Keys).Where(folder => now.GetValueOrDefault(folder) != _loaded.GetValueOrDefault(folder)
            && (_seen is null || now.GetValueOrDefault(folder) == _seen.GetValueOrDefault(folder))).ToHashSet(StringComparer.Ordinal);
        _seen = now;
        if (changed.Count == 0) return;
        foreach (var folder in changed)
        {
            if (now.TryGetValue(folder, out var stamp)) _loaded[folder] = stamp;
            else _loaded.Remove(folder);
        }

        var fresh = changed.Where(now.ContainsKey).SelectMany(Load);
        var before = Plugins;
        Take([.. _plugins.Where(plugin => !changed.Contains(FolderOf(plugin.Plugin))), .. fresh]);
        Tell(before, plugin => changed.Contains(FolderOf(plugin)));
    }

    private void Take(IReadOnlyList<LoadedPlugin> plugins)
    {
        List<LoadedPlugin> taken = [];
        var owners = _builtIn.ToDictionary(type => type, _ => "an activity that every host has", StringComparer.Ordinal);
        var ruleOwners = Enum.GetValues<WeightRule>().ToDictionary(StateNames.ToName, _ => "a rule that every host has", StringComparer.Ordinal);
        foreach (var plugin in plugins.OrderBy(plugin => plugin.Plugin.File, StringComparer.Ordinal))
        {
            var own = plugin.Activities.Where(activity => owners.TryAdd(activity.Descriptor.TypeName, plugin.Plugin.File)).ToList();
            var rules = plugin.WeightRules.Where(rule => ruleOwners.TryAdd(NameOf(rule), plugin.Plugin.File)).ToList();
            var told = plugin.Plugin with
            {
                Activities = [.. own.Select(activity => activity.Descriptor.TypeName)],
                WeightRules = [.. rules.Select(NameOf)],
                Faults = [.. plugin.Plugin.Faults, .. plugin.Activities.Except(own).Select(Taken), .. plugin.WeightRules.Except(rules).Select(TakenRule)],
            };
            taken.Add(plugin with { Plugin = told, Activities = own, WeightRules = rules });
        }

        foreach (var plugin in taken)
        {
            foreach (var part in plugin.Activities.Concat<object>(plugin.WeightRules)) _places.AddOrUpdate(part, plugin.Context!);
        }
        _catalog.SetPlugins(taken.SelectMany(plugin => plugin.Activities), taken.SelectMany(plugin => plugin.WeightRules));
        // As they were loaded: who had to stand back may have its turn when the other goes.
        _plugins = plugins;
        Plugins = [.. taken.Select(plugin => plugin.Plugin)];

        string Taken(IActivity activity) => $"Its activity {activity.Descriptor.TypeName} is left out, because {owners[activity.Descriptor.TypeName]} has that type name. Rename one of the two.";

        string TakenRule(IPriorityWeightStrategy rule) => $"Its weight rule {NameOf(rule)} is left out, because {ruleOwners[NameOf(rule)]} has that name. Rename one of the two.";

        static string NameOf(IPriorityWeightStrategy rule) => rule.GetType().FullName!;
    }

    private IEnumerable<LoadedPlugin> Load(string folder)
    {
        foreach (var path in Libraries(folder))
        {
            var file = PluginFile.Read(path);
            if (!file.IsPlugin) continue;
            var name = Path.GetRelativePath(_folder, path).Replace(Path.DirectorySeparatorChar, '/');
            var plugin = LoadedPlugin.Of(name, file, _patience);
            // As with a DAG file: the last good one goes on.
            var last = IsEmpty(plugin) ? _plugins.FirstOrDefault(last => last.Plugin.File == name && !IsEmpty(last)) : null;
            yield return last is null ? plugin
                : last with { Plugin = last.Plugin with { Faults = [.. plugin.Plugin.Faults, $"Until this host is started again it goes on with version {last.Plugin.Version}, which was there before."] } };
        }
    }

    private void Tell(IReadOnlyList<Plugin> before, Predicate<Plugin> changed)
    {
        foreach (var gone in before.Where(plugin => Plugins.All(other => other.File != plugin.File)))
            _log.LogWarning("Plugin {File} is gone, and with it {Activities}: DAGs that use them go on when it is back", gone.File, string.Join(", ", gone.Parts));
        var told = before.SelectMany(plugin => plugin.Faults.Select(fault => (plugin.File, fault))).ToHashSet();
        foreach (var plugin in Plugins)
        {
            if (changed(plugin) && plugin.Parts.Any()) _log.LogInformation("Plugin {File} {Version} has {Activities}", plugin.File, plugin.Version, string.Join(", ", plugin.Parts));
            foreach (var fault in plugin.Faults.Where(fault => changed(plugin) || !told.Contains((plugin.File, fault)))) _log.LogError("Plugin {File}: {Fault}", plugin.File, fault);
        }
    }

    private static bool IsEmpty(LoadedPlugin plugin) => plugin.Activities.Count + plugin.WeightRules.Count == 0;

    /// <summary>How each folder looks: its files, and of each how long it is and when it was written.</summary>
    private Dictionary<string, string> Stamps()
    {
        if (!Directory.Exists(_folder)) return [];
        return Directory.EnumerateDirectories(_folder).Where(folder => Path.GetFileName(folder)[0] != '.').Prepend(_folder)
            .Select(folder => (Folder: folder, Stamp: Stamp(folder))).Where(each => each.Stamp.Length > 0).ToDictionary(each => each.Folder, each => each.Stamp, StringComparer.Ordinal);
    }

    private string Stamp(string folder) => string.Join('\n', new DirectoryInfo(folder)
        .EnumerateFiles("*", folder == _folder ? SearchOption.TopDirectoryOnly : SearchOption.AllDirectories)
        .Where(file => file.Name[0] != '.').OrderBy(file => file.FullName, StringComparer.Ordinal)
        .Select(file => FormattableString.Invariant($"{file.FullName}|{file.Length}|{file.LastWriteTimeUtc.Ticks}")));

    private static IEnumerable<string> Libraries(string folder) =>
        Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.dll").Where(path => Path.GetFileName(path)[0] != '.').Order(StringComparer.Ordinal) : [];

    private string FolderOf(Plugin plugin) => Path.GetDirectoryName(Path.Combine(_folder, plugin.File))!;
}
