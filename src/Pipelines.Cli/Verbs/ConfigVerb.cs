using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Web.Settings;

namespace Pipelines.Cli.Verbs;

/// <summary><c>config list</c>.</summary>
internal static class ConfigVerb
{
    public static Command Create() => new("config", "What hosts are told by environment variables.") { List() };

    private static Command List()
    {
        var output = Options.Output();
        var command = new Command("list", "Every setting, its value here without secrets, and where that comes from.") { output };
        command.SetAction(args => new Output(args.GetValue(output)).Rows(
            ["name", "value", "from", "unit", "roles", "what"],
            HostSettings.All.Select(setting => (IReadOnlyList<object?>)[setting.Name, Value(setting), Source(setting), setting.Unit, setting.Roles, setting.Doc]),
            ""));
        return command;
    }

    private static string Source(Setting setting) => setting.Given(Environment.GetEnvironmentVariable) is null ? "default" : "environment";

    private static string Value(Setting setting)
    {
        if (setting.Given(Environment.GetEnvironmentVariable) is null) return setting.In(HostSettings.Defaults);
        return setting.IsSecret ? "***" : setting.In(setting.Read(HostSettings.Defaults, Environment.GetEnvironmentVariable));
    }
}
