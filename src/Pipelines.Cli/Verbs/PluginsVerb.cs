using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Web;

namespace Pipelines.Cli.Verbs;

/// <summary><c>plugins list</c>.</summary>
internal static class PluginsVerb
{
    public static Command Create() => new("plugins", "Libraries with activities and weight rules of your own.") { List() };

    private static Command List()
    {
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "The plugins of this host's folder, their activities and weight rules, and what is wrong with them.") { home, output };
        command.SetAction(args =>
        {
            var folder = Composition.Plugins(new Home(args.GetValue(home)!).PluginsFolder());
            new Output(args.GetValue(output)).Rows(
                ["file", "version", "activities", "weight_rules", "problem"],
                folder.Plugins.Select(plugin => (IReadOnlyList<object?>)[plugin.File, plugin.Version, string.Join(", ", plugin.Activities), string.Join(", ", plugin.WeightRules), plugin.Faults.Count == 0 ? null : string.Join(' ', plugin.Faults)]),
                $"No plugin in {folder.Folder}. The README says how to write one; PIPELINES_PLUGINS names another folder.");
            return folder.Plugins.Any(plugin => plugin.Faults.Count > 0) ? Failures.Failed : 0;
        });
        return command;
    }
}
