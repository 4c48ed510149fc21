using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>tasks clear</c>.</summary>
internal static class TasksClearVerb
{
    public static Command Create()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var run = Options.Name("run-id", "The run");
        var tasks = new Argument<string[]>("task-id") { Description = "The tasks, or task groups with all that is in them; without them all of the run", Arity = ArgumentArity.ZeroOrMore };
        var mapIndexes = new Option<int[]>("--map-index") { Description = "Of a mapped task only these; without it all of it", AllowMultipleArgumentsPerToken = true };
        var upstream = Flag("--upstream", "Also everything before them");
        var downstream = new Option<bool>("--downstream") { Description = "Also everything after them", DefaultValueFactory = _ => true };
        var past = Flag("--past", "Also in the runs of earlier logical dates");
        var future = Flag("--future", "Also in the runs of later logical dates");
        var onlyFailed = Flag("--only-failed", "Of these only what has failed");
        var onlyRunning = Flag("--only-running", "Of these only what runs");
        var latest = Flag("--run-on-latest-version", "With the DAG as it is published now; without it each run keeps its version");
        var yes = Flag("--yes", "Clear; without it only list what would be cleared");
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("clear", "Have tasks run again; their attempts and logs stay as history.")
        {
            dag, run, tasks, mapIndexes, upstream, downstream, past, future, onlyFailed, onlyRunning, latest, yes, home, output,
        };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var request = new ClearRequest(args.GetValue(dag)!, args.GetValue(run)!, args.GetValue(tasks)!)
            {
                MapIndexes = args.GetValue(mapIndexes) ?? [],
                Upstream = args.GetValue(upstream),
                Downstream = args.GetValue(downstream),
                Past = args.GetValue(past),
                Future = args.GetValue(future),
                OnlyFailed = args.GetValue(onlyFailed),
                OnlyRunning = args.GetValue(onlyRunning),
                OnLatestVersion = args.GetValue(latest),
            };
            var clear = session.Operation<ClearTaskInstances>();
            var acts = args.GetValue(yes);
            var affected = acts ? await clear.ExecuteAsync(request, Session.User, cancellation) : await clear.PreviewAsync(request, cancellation);
            var printer = new Output(args.GetValue(output));
            printer.Rows(
                ["run_id", "task_id", "map_index", "state"],
                affected.Select(task => (IReadOnlyList<object?>)[task.RunId, task.TaskId, task.MapIndex, task.State == TaskState.None ? "no status" : StateNames.ToName(task.State)]),
                "Nothing to clear.");
            foreach (var warning in affected.Where(task => task.Warning is not null).GroupBy(task => task.Warning))
                printer.Say($"{string.Join(", ", warning.Select(task => task.Name).Distinct())}: {warning.Key}");
            printer.Say(acts ? $"cleared {affected.Count}" : $"{affected.Count} would be cleared; add --yes to clear them");
            return 0;
        });
        return command;
    }

    private static Option<bool> Flag(string name, string description) => new(name) { Description = description };
}
