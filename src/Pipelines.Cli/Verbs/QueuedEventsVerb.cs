using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Storage.Assets;

namespace Pipelines.Cli.Verbs;

/// <summary><c>assets queued-events list|delete</c>.</summary>
internal static class QueuedEventsVerb
{
    public static Command Create() => new("queued-events", "Updates of assets that DAGs have had no run for yet.") { List(), Delete() };

    private static Command List()
    {
        var (dag, asset, home, output) = (Dag(), Asset(), Options.DataDirectory(), Options.Output());
        var command = new Command("list", "What is queued, of all DAGs or some.") { dag, asset, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var queued = await session.Database.InTransactionAsync(async tx =>
            {
                var of = args.GetValue(asset) is not { } name ? null
                    : await AssetTable.FindAsync(tx, name) ?? throw new CliError($"There is no asset '{name}'. 'pipelines assets list' shows those that DAGs name.");
                return await AssetQueueTable.ListAsync(tx, args.GetValue(dag), of?.Id);
            }, cancellation);
            new Output(args.GetValue(output)).Rows(
                ["dag_id", "asset", "uri", "created_at"],
                queued.Select(each => (IReadOnlyList<object?>)[each.DagId, each.Asset.Name, each.Asset.Uri, each.At]),
                "Nothing is queued: every update has had its run, or nobody waits.");
            return 0;
        });
        return command;
    }

    private static Command Delete()
    {
        var (dag, asset, home) = (Dag(), Asset(), Options.DataDirectory());
        var before = Options.Moment("--before", "Only what was queued before");
        var command = new Command("delete", "Forget what is queued of a DAG, of an asset, or of both: who waits for it waits for a new update.") { dag, asset, before, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var count = await session.Operation<DeleteQueuedEvents>().ExecuteAsync(args.GetValue(dag), args.GetValue(asset), args.GetValue(before), Session.User, cancellation);
            Console.Out.WriteLine($"{count} {(count == 1 ? "queued event is" : "queued events are")} deleted");
            return 0;
        });
        return command;
    }

    private static Option<string?> Dag() => new("--dag-id") { Description = "Of this DAG" };

    private static Option<string?> Asset() => new("--asset") { Description = "Of this asset, by its name or URI" };
}
