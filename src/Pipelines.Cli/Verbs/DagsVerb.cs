using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>dags list|show|next-execution|trigger|test|pause|unpause</c>.</summary>
internal static class DagsVerb
{
    private const int MaxExecutions = 1000;

    public static Command Create() => new("dags", "See and drive DAGs.")
    {
        List(), Show(), NextExecution(), DagsTriggerVerb.Create(), DagsTestVerb.Create(),
        SetPaused("pause", "Let running tasks end and start nothing new.", isPaused: true),
        SetPaused("unpause", "Let its runs go on.", isPaused: false),
    };

    private static Command List()
    {
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "The DAGs, and files that could not be loaded.") { home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var (dags, latest, errors, warnings) = await session.Database.InTransactionAsync(async tx => (
                await DagTable.ListAsync(tx),
                (await DagRunQueries.NewestPerDagAsync(tx, 1)).ToDictionary(run => run.DagId),
                await ImportErrorTable.ListAsync(tx),
                await DagWarningTable.ListAsync(tx)), cancellation);
            foreach (var error in errors) await Console.Error.WriteLineAsync($"not loaded: {error}");
            foreach (var warning in warnings) await Console.Error.WriteLineAsync($"warning ({warning.Type}): {warning.Message}");
            new Output(args.GetValue(output)).Rows(
                ["dag_id", "paused", "schedule", "latest_run", "state", "next_run"],
                dags.Select(dag => (IReadOnlyList<object?>)[dag.DagId, dag.IsPaused, dag.TimetableSummary, latest.GetValueOrDefault(dag.DagId)?.RunId,
                    latest.TryGetValue(dag.DagId, out var run) ? StateNames.ToName(run.State) : null, dag.NextRunAfter]),
                "No DAG yet. Put a file <dag_id>.json into the workflows folder.");
            return 0;
        });
        return command;
    }

    private static Command NextExecution()
    {
        var dagId = Options.Name("dag-id", "The DAG");
        var count = new Option<int>("--num-executions", "-n") { Description = "How many", DefaultValueFactory = _ => 1 };
        count.Validators.Add(result =>
        {
            if (result.GetValue(count) is < 1 or > MaxExecutions) result.AddError($"--num-executions is from 1 to {MaxExecutions}.");
        });
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("next-execution", "When its next scheduled runs start, and what they are about.") { dagId, count, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var (stored, dag, last) = await session.Database.InTransactionAsync(async tx =>
            {
                var found = await Lookup.DagAsync(tx, args.GetValue(dagId)!);
                return (found, await session.Operation<DagVersions>().CurrentAsync(tx, found), await DagRunTable.LastAutomatedAsync(tx, found.DagId));
            }, cancellation);
            if (stored.IsPaused) await Console.Error.WriteLineAsync($"{stored.DagId} is paused: nothing runs until 'pipelines dags unpause {stored.DagId}'.");
            new Output(args.GetValue(output)).Rows(
                ["run_after", "logical_date", "data_interval_start", "data_interval_end"],
                UpcomingRuns.Of(dag, last, session.Now, args.GetValue(count)).Select(run => (IReadOnlyList<object?>)[run.RunAfter, run.LogicalDate, run.Interval.Start, run.Interval.End]),
                dag.Timetable.CanBeScheduled ? "No run follows: its last one was made, or the end date has passed." : $"It has no schedule: start a run with 'pipelines dags trigger {stored.DagId}'.");
            return 0;
        });
        return command;
    }

    private static Command Show()
    {
        var dagId = Options.Name("dag-id", "The DAG");
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("show", "The tasks of a DAG in the order they run.") { dagId, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var dag = await session.Database.InTransactionAsync(
                async tx => await session.Operation<DagVersions>().CurrentAsync(tx, await Lookup.DagAsync(tx, args.GetValue(dagId)!)), cancellation);
            var printer = new Output(args.GetValue(output));
            if (!printer.IsJson) printer.Say($"{dag.DagId}: {dag.Timetable.Summary}{(dag.Description is { } text ? $"\n{text}" : "")}");
            printer.Rows(
                ["task_id", "activity", "after", "retries", "trigger_rule", "role"],
                dag.Tasks.Select(task => (IReadOnlyList<object?>)[task.TaskId, task.ActivityType, string.Join(", ", task.Upstream), task.Retries, StateNames.ToName(task.TriggerRule), task.Role]),
                "It has no tasks.");
            return 0;
        });
        return command;
    }

    private static Command SetPaused(string name, string description, bool isPaused)
    {
        var dagId = Options.Name("dag-id", "The DAG");
        var home = Options.DataDirectory();
        var command = new Command(name, description) { dagId, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var changed = await session.Operation<SetDagPaused>().ExecuteAsync(args.GetValue(dagId)!, isPaused, Session.User, cancellation);
            Console.Out.WriteLine($"{args.GetValue(dagId)} {(changed ? "is now" : "was already")} {(isPaused ? "paused" : "unpaused")}");
            return 0;
        });
        return command;
    }
}
