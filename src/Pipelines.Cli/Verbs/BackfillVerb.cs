using System.CommandLine;
using System.Globalization;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>backfill create|list|show|pause|unpause|cancel</c>.</summary>
internal static class BackfillVerb
{
    private const int MaxListed = 100;

    public static Command Create() => new("backfill", "Run a DAG for dates of the past.")
    {
        BackfillCreateVerb.Create(), List(), Show(),
        Change("pause", "Let its running runs end and start no more.", async (session, id, cancellation) =>
            await session.Operation<SetBackfillPaused>().ExecuteAsync(id, true, Session.User, cancellation) ? "is now paused" : "was already paused"),
        Change("unpause", "Let it go on.", async (session, id, cancellation) =>
            await session.Operation<SetBackfillPaused>().ExecuteAsync(id, false, Session.User, cancellation) ? "goes on" : "was not paused"),
        Change("cancel", "End it: queued runs fail, running ones finish.", async (session, id, cancellation) =>
            $"is cancelled; {await session.Operation<CancelBackfill>().ExecuteAsync(id, Session.User, cancellation)} queued runs failed, running ones finish"),
    };

    /// <summary>One word for where it is.</summary>
    private static string StateOf(BackfillProgress backfill) =>
        backfill.CancelledBy is { } by ? $"cancelled by {by}" : backfill.CompletedAt is not null ? "completed" : backfill.IsPaused ? "paused" : "running";

    private static Command List()
    {
        var dag = new Argument<string?>("dag-id") { Description = "Only of this DAG", Arity = ArgumentArity.ZeroOrOne };
        var unfinished = new Option<bool>("--unfinished") { Description = "Only those that go on" };
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "The backfills, the newest first.") { dag, unfinished, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var backfills = await session.Database.InTransactionAsync(
                tx => BackfillQueries.PageAsync(tx, args.GetValue(dag), MaxListed, args.GetValue(unfinished)), cancellation);
            new Output(args.GetValue(output)).Rows(
                ["id", "dag_id", "from_date", "to_date", "state", "queued", "running", "success", "failed", "skipped", "created_by"],
                backfills.Select(backfill => (IReadOnlyList<object?>)[backfill.Id, backfill.DagId, backfill.FromDate, backfill.ToDate, StateOf(backfill),
                    backfill.Queued, backfill.Running, backfill.Success, backfill.Failed, backfill.Skipped, backfill.CreatedBy]),
                "No backfill. Make one with 'pipelines backfill create'.");
            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var id = Number();
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("show", "The windows of a backfill with the state of their runs.") { id, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var (backfill, windows) = await session.Database.InTransactionAsync(async tx => (
                await BackfillQueries.FindAsync(tx, args.GetValue(id)) ?? throw new CliError($"There is no backfill {args.GetValue(id)}. 'pipelines backfill list' shows the backfills."),
                await BackfillQueries.WindowsAsync(tx, args.GetValue(id), int.MaxValue)), cancellation);
            var printer = new Output(args.GetValue(output));
            if (!printer.IsJson) printer.Say(string.Create(CultureInfo.InvariantCulture, $"backfill {backfill.Id} of {backfill.DagId}: {StateOf(backfill)}"));
            printer.Rows(
                ["logical_date", "run_id", "state", "start_date", "end_date", "reason"],
                windows.Select(window => (IReadOnlyList<object?>)[window.LogicalDate, window.RunId, window.State ?? "skipped", window.StartDate, window.EndDate, window.ExceptionReason ?? window.Reason]),
                "It has no windows.");
            return 0;
        });
        return command;
    }

    private static Command Change(string name, string description, Func<Session, long, CancellationToken, Task<string>> change)
    {
        var id = Number();
        var home = Options.DataDirectory();
        var command = new Command(name, description) { id, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            Console.Out.WriteLine($"backfill {args.GetValue(id)} {await change(session, args.GetValue(id), cancellation)}");
            return 0;
        });
        return command;
    }

    private static Argument<long> Number() => new("backfill-id") { Description = "Its number, as 'backfill list' names it" };
}
