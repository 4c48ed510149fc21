using System.CommandLine;
using System.Globalization;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>backfill create</c>.</summary>
internal static class BackfillVerb
{
    public static Command Create() => new("backfill", "Run a DAG for dates of the past.") { CreateBackfillVerb() };

    private static Command CreateBackfillVerb()
    {
        var dagId = Options.Name("dag-id", "The DAG");
        var from = Options.Moment("--from-date", "First logical date, inclusive");
        var to = Options.Moment("--to-date", "Last logical date, inclusive");
        (from.Required, to.Required) = (true, true);
        var reprocess = new Option<ReprocessBehavior>("--reprocess-behavior") { Description = "What to do with runs that exist: none, failed or completed" };
        var backwards = new Option<bool>("--run-backwards") { Description = "The newest date first" };
        var maxActiveRuns = new Option<int>("--max-active-runs") { Description = "Runs of this backfill at a time", DefaultValueFactory = _ => 10 };
        var conf = new Option<string?>("--dag-run-conf") { Description = "JSON object that overrides the DAG's params" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would run" };
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("create", "Make a backfill; the scheduler runs it, after live runs.") { dagId, from, to, reprocess, backwards, maxActiveRuns, conf, dryRun, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = Session.Open(args.GetValue(home)!);
            var range = new BackfillRange(args.GetValue(from)!.Value, args.GetValue(to)!.Value, args.GetValue(reprocess), args.GetValue(backwards));
            var request = new BackfillRequest(args.GetValue(dagId)!, range) { MaxActiveRuns = args.GetValue(maxActiveRuns), Conf = DagsTriggerVerb.ReadConf(args.GetValue(conf)) };
            var operation = session.Operation<CreateBackfill>();
            var printer = new Output(args.GetValue(output));
            if (args.GetValue(dryRun))
            {
                Print(printer, await operation.PreviewAsync(request, cancellation));
                return 0;
            }

            var created = await operation.ExecuteAsync(request, Session.User, cancellation);
            Print(printer, created.Plan);
            if (!printer.IsJson) printer.Say(string.Create(CultureInfo.InvariantCulture, $"made backfill {created.Id}"));
            if (created.Notice is not null) await Console.Error.WriteLineAsync(created.Notice);
            return 0;
        });
        return command;
    }

    private static void Print(Output output, BackfillPlan plan) => output.Rows(
        ["logical_date", "action", "reason"],
        plan.Windows.Select(window => (IReadOnlyList<object?>)[window.Run.LogicalDate, StateNames.ToName(window.Action), window.Reason]),
        "Nothing to run.");
}
