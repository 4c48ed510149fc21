using System.CommandLine;
using Pipelines.Api.Access;
using Pipelines.Cli.Hosting;
using Pipelines.Cli.Terminal;
using Pipelines.LocalCloud.Postgres;
using Pipelines.Web.Settings;

namespace Pipelines.Cli.Verbs;

/// <summary><c>standalone</c>: every role in one process on a PostgreSQL of its own.</summary>
internal static class StandaloneVerb
{
    private const string DatabaseName = "pipelines";

    public static Command Create()
    {
        var port = Options.Port(8080);
        var home = Options.DataDirectory();
        var workflows = new Option<string>("--workflows") { Description = "Folder of DAG files", DefaultValueFactory = _ => Settings.Given("WORKFLOWS") ?? HostSettings.Defaults.Workflows };
        var command = new Command("standalone", "Run everything in one process, with a PostgreSQL of its own. For one machine.") { port, home, workflows };
        command.SetAction(async (args, cancellation) =>
        {
            await RunAsync(new Home(args.GetValue(home)!).Create(), args.GetValue(port), args.GetValue(workflows)!, cancellation);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(Home home, int port, string workflows, CancellationToken cancellation)
    {
        // Read before anything starts, so that a mistake in them costs no time.
        var settings = Settings.Over(HostSettings.Defaults);
        await using var postgres = await EmbeddedPostgres.StartAsync(
            new PostgresOptions { DataDirectory = Path.Combine(home.Directory, "postgres"), OnTrouble = Console.Error.WriteLine }, cancellation);
        var options = settings with
        {
            Database = await postgres.EnsureDatabaseAsync(DatabaseName, cancel: cancellation),
            FernetKey = home.FernetKey(),
            KeysDirectory = Path.Combine(home.Directory, "keys"),
            JwtSecret = home.Secret("jwt.secret", Tokens.GenerateSecret),
            Workflows = workflows,
            Plugins = Path.GetFullPath(settings.Plugins),
            Url = new Uri($"http://127.0.0.1:{port}"),
        };
        await using var host = await RunningHost.StartAsync(options, cancellation);
        home.Write(new Home.Standalone(options.Database, options.FernetKey, host.Url, options.Plugins));
        try
        {
            Console.Out.WriteLine($"Pipelines is running on {host.Url}; DAG files are read from {Path.GetFullPath(workflows)}; Ctrl+C stops it");
            host.SayFirstPassword(Console.Out);
            await await Task.WhenAny(host.WaitForShutdownAsync(cancellation), postgres.GivenUp);
        }
        finally
        {
            home.Remove();
        }
    }
}
