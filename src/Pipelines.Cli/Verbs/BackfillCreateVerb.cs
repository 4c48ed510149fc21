using System.CommandLine;
using System.Globalization;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>backfill create</c>.</summary>
internal static class BackfillCreateVerb
{
    public static Command Create()
    {
        var dagId = Options.Name("dag-id", "The DAG");
        var from = Options.Moment("--from-date", "First logical date, inclusive");
        var to = Options.Moment("--to-date", "Last logical date, inclusive");
        (from.Required, to.Required) = (true, true);
        var reprocess = new Option<ReprocessBehavior>("--reprocess-behavior") { Description = "What to do with runs that exist: none, failed or completed" };
        var backwards = new Option<bool>("--run-backwards") { Description = "The newest date first" };
        var maxActiveRuns = new Option<int>("--max-active-runs") { Description = "Runs of this backfill at a time", DefaultValueFactory = _ => 10 };
        var conf = new Option<string?>("--dag-run-conf") { Description = "JSON object that overrides the DAG's params" };
        var tasks = new Option<string[]>("--tasks") { Description = "Run only these tasks; nothing waits for the others", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var startAt = Options.Moment("--start-at", "Start no run before");
        var dryRun = new Option<bool>("--dry-run") { Description = "Only show what would run" };
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("create", "Make a backfill; the scheduler runs it, after live runs.")
        {
            dagId, from, to, reprocess, backwards, maxActiveRuns, conf, tasks, startAt, dryRun, home, output,
        };
        command.SetAction((args, cancellation) =>
        {
            var range = new BackfillRange(args.GetValue(from)!.Value, args.GetValue(to)!.Value, args.GetValue(reprocess), args.GetValue(backwards));
            var request = new BackfillRequest(args.GetValue(dagId)!, range)
            {
                MaxActiveRuns = args.GetValue(maxActiveRuns),
                Conf = DagsTriggerVerb.ReadConf(args.GetValue(conf)),
                TaskIds = args.GetValue(tasks)!,
                StartAt = args.GetValue(startAt),
            };
            var printer = new Output(args.GetValue(output));
            return args.GetValue(dryRun) ? PreviewAsync(args.GetValue(home)!, request, printer, cancellation) : CreateAsync(args.GetValue(home)!, request, printer, cancellation);
        });
        return command;
    }

    private static async Task<int> PreviewAsync(string home, BackfillRequest request, Output printer, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(home, cancellation);
        var plan = await session.Operation<CreateBackfill>().PreviewAsync(request, cancellation);
        Print(printer, plan);
        return plan.Problem is { } problem ? throw new CliError(problem) : 0;
    }

    private static async Task<int> CreateAsync(string home, BackfillRequest request, Output printer, CancellationToken cancellation)
    {
        await using var session = await Session.OpenAsync(home, cancellation);
        var created = await session.Operation<CreateBackfill>().ExecuteAsync(request, Session.User, cancellation);
        Print(printer, created.Plan);
        if (!printer.IsJson) printer.Say(string.Create(CultureInfo.InvariantCulture, $"made backfill {created.Id}"));
        if (created.Notice is not null) await Console.Error.WriteLineAsync(created.Notice);
        return 0;
    }

    private static void Print(Output output, BackfillPlan plan) => output.Rows(
        ["logical_date", "state", "action", "reason"],
        plan.Windows.Select(window => (IReadOnlyList<object?>)[window.Run.LogicalDate,
            window.Existing is { } run ? StateNames.ToName(run.State) : null, StateNames.ToName(window.Action), window.Reason]),
        "Nothing to run.");
}
