using System.CommandLine;
using System.CommandLine.Parsing;
using System.Net;
using Pipelines.Engine.Operations;
using Pipelines.LocalCloud;
using Pipelines.Model.Connections;

namespace Pipelines.Cli.Verbs;

/// <summary><c>localcloud</c>: the PostgreSQL, S3 and Redshift stand-ins alone, for development.</summary>
internal static class LocalCloudVerb
{
    public static Command Create()
    {
        var home = new Option<string>("--data-dir") { Description = "Where databases, objects and keys are kept", DefaultValueFactory = _ => Path.Combine(Home.DefaultDirectory, "localcloud") };
        var postgres = Port("--postgres-port", "PostgreSQL (the source)", 5432);
        var s3 = Port("--s3-port", "S3", 9000);
        var redshift = Port("--redshift-port", "Redshift", 5439);
        var bind = new Option<IPAddress>("--bind") { Description = "Where to listen; 0.0.0.0 for every address of this machine", DefaultValueFactory = _ => IPAddress.Loopback, CustomParser = ParseAddress };
        var name = new Option<string>("--name") { Description = "What clients call this machine", DefaultValueFactory = _ => "127.0.0.1" };
        var connect = new Option<bool>("--connect") { Description = "Also store its connections in the installation of PIPELINES_DATABASE: postgres_default, aws_default, redshift_default" };
        var command = new Command("localcloud", "Run a PostgreSQL with aws_s3, an S3 and a Redshift on this machine.")
        {
            home, postgres, s3, redshift, bind, name, connect,
        };
        command.SetAction(async (args, cancellation) =>
        {
            await using var cloud = await LocalCloudHost.StartAsync(
                new LocalCloudOptions
                {
                    DataDirectory = new Home(args.GetValue(home)!).Create().Directory,
                    PostgresPort = args.GetValue(postgres),
                    S3Port = args.GetValue(s3),
                    RedshiftPort = args.GetValue(redshift),
                    BindAddress = args.GetValue(bind)!,
                    HostName = args.GetValue(name)!,
                    OnTrouble = Console.Error.WriteLine,
                }, cancellation);
            if (args.GetValue(connect)) await ConnectAsync(cloud, args.GetValue(home)!, cancellation);
            foreach (var line in args.GetValue(connect) ? [] : cloud.Usage()) Console.Out.WriteLine(line);
            Console.Out.WriteLine("LocalCloud is running; Ctrl+C stops it");
            await await Task.WhenAny(UntilStoppedAsync(cancellation), cloud.Postgres.GivenUp);
            return 0;
        });
        return command;
    }

    private static async Task ConnectAsync(LocalCloudHost cloud, string home, CancellationToken cancellation)
    {
        await using var session = Session.Open(home);
        await session.MigrateAsync(cancellation);
        foreach (var (connId, uri) in cloud.ConnectionUris)
        {
            await session.Operation<AddConnection>().ExecuteAsync(ConnectionUri.Parse(connId, uri), Session.User, cancellation);
            Console.Out.WriteLine($"connection {connId} leads here now");
        }
    }

    private static IPAddress? ParseAddress(ArgumentResult result)
    {
        if (IPAddress.TryParse(result.Tokens[0].Value, out var address)) return address;
        result.AddError($"--bind is '{result.Tokens[0].Value}' but must be an address such as 127.0.0.1 or 0.0.0.0.");
        return null;
    }

    private static Option<int> Port(string name, string what, int standard) =>
        new(name) { Description = $"Port of {what} (0: any free one)", DefaultValueFactory = _ => standard };

    private static async Task UntilStoppedAsync(CancellationToken cancellation)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = cancellation.Register(stopped.SetResult);
        await stopped.Task;
    }
}
