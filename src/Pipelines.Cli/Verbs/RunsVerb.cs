using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>runs list|show|wait</c>.</summary>
internal static class RunsVerb
{
    public static Command Create() => new("runs", "See the runs of a DAG.") { List(), Show(), RunsCallbacksVerb.Create(), Wait() };

    private static Command List()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var limit = new Option<int>("--limit") { Description = "How many, the newest first", DefaultValueFactory = _ => 20 };
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "The newest runs of a DAG.") { dag, limit, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var runs = await session.Database.InTransactionAsync(
                async tx => await DagRunQueries.NewestAsync(tx, (await Lookup.DagAsync(tx, args.GetValue(dag)!)).DagId, args.GetValue(limit)), cancellation);
            new Output(args.GetValue(output)).Rows(
                ["run_id", "state", "run_type", "logical_date", "start_date", "end_date"],
                runs.Select(run => (IReadOnlyList<object?>)[run.RunId, StateNames.ToName(run.State), StateNames.ToName(run.RunType), run.LogicalDate, run.StartDate, run.EndDate]),
                $"No run of {args.GetValue(dag)} yet. Start one with 'pipelines dags trigger {args.GetValue(dag)}'.");
            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var runId = Options.Name("run-id", "The run, as 'runs list' names it");
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("show", "The tasks of a run: state, attempts, and why a task is not running.") { dag, runId, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var tasks = await session.Database.InTransactionAsync(
                async tx => await TaskInstanceTable.OfRunAsync(tx, (await Lookup.RunAsync(tx, args.GetValue(dag)!, args.GetValue(runId)!)).Id), cancellation);
            new Output(args.GetValue(output)).Rows(
                ["task_id", "map_index", "state", "try_number", "start_date", "end_date", "reason"],
                tasks.Select(task => (IReadOnlyList<object?>)[task.TaskId, task.MapIndex, StateNames.ToName(task.State), task.TryNumber, task.StartDate, task.EndDate, task.Error ?? task.Reason]),
                "The run has no tasks.");
            return 0;
        });
        return command;
    }

    private static Command Wait()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var runId = Options.Name("run-id", "The run");
        var home = Options.DataDirectory();
        var command = new Command("wait", "Follow a run to its end; the exit code is 0 when it succeeded.") { dag, runId, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var run = await session.Database.InTransactionAsync(tx => Lookup.RunAsync(tx, args.GetValue(dag)!, args.GetValue(runId)!), cancellation);
            var output = new Output(OutputFormat.Table);
            var ended = await new RunProgress(session.Database, [run.Id], output).WatchAsync(cancellation);
            output.Say($"{run.DagId} {run.RunId}: {StateNames.ToName(ended[0].State)}");
            return ended[0].State == DagRunState.Success ? 0 : Failures.Failed;
        });
        return command;
    }
}
