using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>pools list|get|set|delete</c>.</summary>
internal static class PoolsVerb
{
    public static Command Create() => new("pools", "How many tasks may share what bears only so many.") { List(), Get(), Set(), Delete() };

    private static Command List()
    {
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "All pools and how full they are.") { home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            Print(args.GetValue(output), await session.Database.InTransactionAsync(PoolTable.StatsAsync, cancellation));
            return 0;
        });
        return command;
    }

    private static Command Get()
    {
        var (name, home, output) = (Name(), Options.DataDirectory(), Options.Output());
        var command = new Command("get", "One pool and how full it is.") { name, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            var wanted = args.GetValue(name)!;
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var pool = (await session.Database.InTransactionAsync(PoolTable.StatsAsync, cancellation)).Where(pool => pool.Name == wanted).ToList();
            if (pool.Count == 0) throw new CliError($"There is no pool '{wanted}'. 'pipelines pools list' shows them.");
            Print(args.GetValue(output), pool);
            return 0;
        });
        return command;
    }

    private static Command Set()
    {
        var (name, home) = (Name(), Options.DataDirectory());
        var slots = new Argument<int>("slots") { Description = "How many slots it has; -1 for a pool without end" };
        var description = new Argument<string?>("description") { Description = "One sentence for people; left out: it stays", Arity = ArgumentArity.ZeroOrOne };
        var deferred = new Option<bool?>("--include-deferred") { Description = "Deferred tasks keep their slots (false: they do not); left out: it stays" };
        var command = new Command("set", "Make a pool, or change the one of its name.") { name, slots, description, deferred, home };
        command.SetAction(async (args, cancellation) =>
        {
            var number = args.GetValue(slots);
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            await session.Operation<SetPool>().ExecuteAsync(args.GetValue(name)!, number, args.GetValue(description), Session.User, cancellation, args.GetValue(deferred));
            Console.Out.WriteLine($"pool {args.GetValue(name)} has {(number < 0 ? "slots without end" : number == 1 ? "1 slot" : $"{number} slots")}");
            return 0;
        });
        return command;
    }

    private static Command Delete()
    {
        var (name, home) = (Name(), Options.DataDirectory());
        var command = new Command("delete", "Delete a pool that nothing uses.") { name, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            await session.Operation<DeletePool>().ExecuteAsync(args.GetValue(name)!, Session.User, cancellation);
            Console.Out.WriteLine($"pool {args.GetValue(name)} is deleted");
            return 0;
        });
        return command;
    }

    private static Argument<string> Name() => Options.Name("pool", "Its name in DAG files, e.g. redshift");

    private static void Print(OutputFormat format, IReadOnlyList<PoolStats> pools) => new Output(format).Rows(
        ["pool", "slots", "occupied", "running", "queued", "scheduled", "deferred", "open", "include_deferred", "description"],
        pools.Select(pool => (IReadOnlyList<object?>)[pool.Name, pool.Slots, pool.Occupied, pool.Running, pool.Queued, pool.Scheduled, pool.Deferred, pool.Open, pool.IncludeDeferred, pool.Description]), "No pool.");
}
