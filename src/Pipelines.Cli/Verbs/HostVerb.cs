using System.CommandLine;
using Pipelines.Cli.Hosting;
using Pipelines.Web;

namespace Pipelines.Cli.Verbs;

/// <summary><c>web</c>, <c>scheduler</c>, <c>worker</c>: one role against a database that is already there.</summary>
internal static class HostVerb
{
    public static Command Create(string name, string description, HostRoles role)
    {
        var command = new Command(name, $"{description} Settings are environment variables, see the README.");
        command.SetAction(async (_, cancellation) =>
        {
            var options = Settings.FromEnvironment(role);
            await using var host = await RunningHost.StartAsync(options, cancellation);
            // Else the log says so, for who reads nothing but JSON.
            if (options.LogFormat == LogFormat.Text) Console.Out.WriteLine($"{name} is running{(role == HostRoles.Web ? $" on {host.Url}" : "")}; Ctrl+C stops it");
            host.SayFirstPassword(Console.Out);
            await host.WaitForShutdownAsync(cancellation);
            return 0;
        });
        return command;
    }
}
