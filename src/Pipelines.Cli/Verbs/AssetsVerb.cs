using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Storage.Assets;

namespace Pipelines.Cli.Verbs;

/// <summary><c>assets list|details|materialize|create-event|queued-events</c>.</summary>
internal static class AssetsVerb
{
    private const int LatestEvents = 20;

    public static Command Create() => new("assets", "Data that tasks update and DAGs wait for.") { List(), Details(), Materialize(), CreateEvent(), QueuedEventsVerb.Create() };

    private static Command List()
    {
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "The assets that DAGs name, who updates them and who waits for them.") { home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var assets = await session.Database.InTransactionAsync(tx => AssetTable.ListAsync(tx), cancellation);
            new Output(args.GetValue(output)).Rows(
                ["name", "uri", "group", "updated_by", "waited_for_by", "events", "latest"],
                assets.Select(each => (IReadOnlyList<object?>)
                    [each.Asset.Name, each.Asset.Uri, each.Asset.Group, string.Join(", ", each.Producers.Select(task => $"{task.DagId}.{task.TaskId}")), string.Join(", ", each.Consumers), each.Events, each.Latest]),
                "No DAG names an asset. A task does so in 'outlets', a DAG that waits for it in 'assets'.");
            return 0;
        });
        return command;
    }

    private static Command Details()
    {
        var (name, home, output) = (Name(), Options.DataDirectory(), Options.Output());
        var command = new Command("details", $"The latest {LatestEvents} updates of an asset.") { name, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var wanted = args.GetValue(name)!;
            var events = await session.Database.InTransactionAsync(async tx => await AssetTable.FindAsync(tx, wanted) is { } found
                ? await AssetEventTable.OfAssetAsync(tx, found.Id, LatestEvents)
                : throw new CliError($"There is no asset '{wanted}'. 'pipelines assets list' shows those that DAGs name."), cancellation);
            new Output(args.GetValue(output)).Rows(
                ["at", "dag_id", "run_id", "task_id", "extra"],
                events.Select(each => (IReadOnlyList<object?>)[each.At, each.Source?.DagId, each.Source?.RunId, each.Source?.TaskId, each.Extra.ToJsonString()]),
                $"Asset {wanted} was never updated.");
            return 0;
        });
        return command;
    }

    private static Command Materialize()
    {
        var (name, home, output) = (Name(), Options.DataDirectory(), Options.Output());
        var command = new Command("materialize", "Run the DAG that updates an asset.") { name, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var made = await session.Operation<MaterializeAsset>().ExecuteAsync(args.GetValue(name)!, Session.User, cancellation);
            await DagsTriggerVerb.SayAsync(made, new Output(args.GetValue(output)));
            return 0;
        });
        return command;
    }

    private static Command CreateEvent()
    {
        var (name, home) = (Name(), Options.DataDirectory());
        var extra = new Option<string?>("--extra") { Description = "JSON object that says more of the update" };
        var command = new Command("create-event", "Say that something outside has updated an asset: DAGs that wait for it run.") { name, extra, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var said = args.GetValue(extra) is { } text ? DagsTriggerVerb.ReadObject(extra.Name, text) : [];
            var updated = await session.Operation<CreateAssetEvent>().ExecuteAsync(args.GetValue(name)!, said, Session.User, cancellation);
            Console.Out.WriteLine($"asset {updated.Asset.Name} is updated; {(updated.Consumers.Count == 0 ? "no DAG waits for it" : $"waited for by {string.Join(", ", updated.Consumers)}")}");
            return 0;
        });
        return command;
    }

    private static Argument<string> Name() => Options.Name("asset", "Its name or URI");
}
