using System.CommandLine;
using System.Globalization;
using Pipelines.Cli.Demo;
using Pipelines.Cli.Terminal;

namespace Pipelines.Cli.Verbs;

/// <summary><c>demo</c>: the whole path on this machine, in a temporary directory.</summary>
internal static class DemoVerb
{
    public static Command Create()
    {
        var rows = new Option<int>("--rows") { Description = "Orders in the shop, over the last three days", DefaultValueFactory = _ => 200_000 };
        var dag = new Option<FileInfo?>("--dag") { Description = "Run this DAG file once instead of backfilling the shop's" };
        var source = new Option<string?>("--source") { Description = "URI of a PostgreSQL to read instead of the shop: postgres://user:password@host:port/database" };
        var serve = new Option<bool>("--serve") { Description = "Keep the web UI up afterwards, until Ctrl+C" };
        var (port, output) = (Options.Port(8080), Options.Output());
        rows.Validators.Add(result =>
        {
            // Text that is no number has its own message already, and GetValueOrDefault would throw for it.
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) && number < 1)
                result.AddError("--rows must be 1 or more.");
        });
        var command = new Command("demo", "Move a shop's tables from PostgreSQL through S3 into Redshift on this machine, and prove it.") { rows, dag, source, serve, port, output };
        command.SetAction((args, cancellation) => DemoRun.RunAsync(
            new DemoOptions(args.GetValue(rows), args.GetValue(dag), args.GetValue(source), args.GetValue(serve), args.GetValue(port)),
            new Output(args.GetValue(output)), cancellation));
        return command;
    }
}
