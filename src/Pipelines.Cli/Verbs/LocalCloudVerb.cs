using System.CommandLine;
using Pipelines.LocalCloud;

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
        var command = new Command("localcloud", "Run a PostgreSQL with aws_s3, an S3 and a Redshift on this machine.") { home, postgres, s3, redshift };
        command.SetAction(async (args, cancellation) =>
        {
            await using var cloud = await LocalCloudHost.StartAsync(
                new LocalCloudOptions
                {
                    DataDirectory = new Home(args.GetValue(home)!).Create().Directory,
                    PostgresPort = args.GetValue(postgres),
                    S3Port = args.GetValue(s3),
                    RedshiftPort = args.GetValue(redshift),
                }, cancellation);
            foreach (var line in cloud.Usage()) Console.Out.WriteLine(line);
            Console.Out.WriteLine("LocalCloud is running; Ctrl+C stops it");
            await UntilStoppedAsync(cancellation);
            return 0;
        });
        return command;
    }

    private static Option<int> Port(string name, string what, int standard) =>
        new(name) { Description = $"Port of {what} on 127.0.0.1 (0: any free one)", DefaultValueFactory = _ => standard };

    private static async Task UntilStoppedAsync(CancellationToken cancellation)
    {
        var stopped = new TaskCompletionSource();
        await using var registration = cancellation.Register(stopped.SetResult);
        await stopped.Task;
    }
}
