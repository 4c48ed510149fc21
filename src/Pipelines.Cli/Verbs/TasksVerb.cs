using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>tasks list|state|logs|failed-deps|clear|hitl</c>.</summary>
internal static class TasksVerb
{
    public static Command Create() => new("tasks", "Look into single tasks.") { TasksListVerb.Create(), State(), Logs(), FailedDeps(), TasksClearVerb.Create(), TasksHitlVerb.Create() };

    private static Option<int?> MapIndex() => new("--map-index") { Description = "Which of a mapped task's instances" };

    private static Command State()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var run = Options.Name("run-id", "The run");
        var task = Options.Name("task-id", "The task");
        var mapIndex = MapIndex();
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("state", "The state of a task in a run; of a mapped one, of each of its instances.") { dag, run, task, mapIndex, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var found = await session.Database.InTransactionAsync(
                async tx => await InstancesAsync(tx, await Lookup.RunAsync(tx, args.GetValue(dag)!, args.GetValue(run)!), args.GetValue(task)!, args.GetValue(mapIndex)), cancellation);
            new Output(args.GetValue(output)).Rows(
                ["task_id", "map_index", "rendered_map_index", "state", "try_number", "reason"],
                found.Select(instance => (IReadOnlyList<object?>)[instance.TaskId, instance.MapIndex, instance.RenderedMapIndex, StateNames.ToName(instance.State), instance.TryNumber, instance.Error ?? instance.Reason]),
                "The run has no such task.");
            return 0;
        });
        return command;
    }

    private static Command Logs()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var run = Options.Name("run-id", "The run");
        var task = Options.Name("task-id", "The task");
        var mapIndex = MapIndex();
        var attempt = new Option<int?>("--try") { Description = "Which attempt; without it the latest" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the attempt ends; one that is handed back goes on with the next worker" };
        var home = Options.DataDirectory();
        var command = new Command("logs", "The log of an attempt, also while it runs.") { dag, run, task, mapIndex, attempt, follow, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var found = await session.Database.InTransactionAsync(
                tx => FindAsync(tx, args.GetValue(dag)!, args.GetValue(run)!, args.GetValue(task)!, args.GetValue(mapIndex), args.GetValue(attempt)), cancellation);
            await new FollowedLog(session.Database, found.TaskInstanceId, found.TryNumber).PrintAsync(args.GetValue(follow), Console.Out, cancellation);
            return 0;
        });
        return command;
    }

    private static Command FailedDeps()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var run = Options.Name("run-id", "The run");
        var task = Options.Name("task-id", "The task");
        var mapIndex = MapIndex();
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("failed-deps", "Why a task does not run: every condition that is not met; of a mapped one, of each of its instances that has not ended.") { dag, run, task, mapIndex, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var answer = await session.Operation<FailedDeps>().OfAsync(args.GetValue(dag)!, args.GetValue(run)!, new TaskChoice(args.GetValue(task)!, args.GetValue(mapIndex)), cancellation);
            new Output(args.GetValue(output)).Rows(
                ["map_index", "unmet"], answer.Answers.SelectMany(each => each.Unmet, (each, unmet) => (IReadOnlyList<object?>)[each.MapIndex, unmet]), "Every condition is met: the scheduler moves the task within a moment.");
            // Beside the rows, which programs may read.
            if (answer.More > 0) await Console.Error.WriteLineAsync($"{answer.More} more of its task instances have not ended. --map-index shows one of them.");
            return 0;
        });
        return command;
    }

    private static async Task<IReadOnlyList<TaskInstance>> InstancesAsync(Transaction tx, DagRun run, string taskId, int? mapIndex)
    {
        var ofTask = await TaskInstanceTable.OfTaskAsync(tx, run.Id, taskId);
        if (ofTask.Count == 0)
            throw new CliError($"Run '{run.RunId}' has no task '{taskId}'. Its tasks are {string.Join(", ", (await TaskInstanceTable.OfRunAsync(tx, run.Id)).Select(other => other.TaskId).Distinct())}.");
        if (mapIndex is null) return ofTask;
        return ofTask.Where(instance => instance.MapIndex == mapIndex).ToList() is { Count: > 0 } one ? one
            : throw new CliError(ofTask[^1].MapIndex < 0 ? $"Task '{taskId}' is not mapped in run '{run.RunId}', or not yet. Leave --map-index out." : $"Task '{taskId}' of run '{run.RunId}' has the map indexes 0 to {ofTask[^1].MapIndex}.");
    }

    private static async Task<TaskAttempt> FindAsync(Transaction tx, string dagId, string runId, string taskId, int? mapIndex, int? tryNumber)
    {
        var found = await InstancesAsync(tx, await Lookup.RunAsync(tx, dagId, runId), taskId, mapIndex);
        var instance = found is [var only] ? only : throw new CliError($"Task '{taskId}' of run '{runId}' is mapped: say with --map-index whose log, from 0 to {found[^1].MapIndex}.");
        taskId = instance.Name;
        var attempts = await TaskAttemptTable.OfTaskInstanceAsync(tx, instance.Id);
        return attempts.LastOrDefault(attempt => tryNumber is null || attempt.TryNumber == tryNumber)
            ?? throw new CliError(tryNumber is null
                ? $"Task '{taskId}' of run '{runId}' has not started yet: {instance.Reason ?? StateNames.ToName(instance.State)}."
                : $"Task '{taskId}' of run '{runId}' has no attempt {tryNumber}; it has had {attempts.Count}.");
    }
}
