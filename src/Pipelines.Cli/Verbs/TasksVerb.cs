using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>tasks logs|failed-deps|clear</c>.</summary>
internal static class TasksVerb
{
    public static Command Create() => new("tasks", "Look into single tasks.") { Logs(), FailedDeps(), TasksClearVerb.Create() };

    private static Command Logs()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var run = Options.Name("run-id", "The run");
        var task = Options.Name("task-id", "The task");
        var attempt = new Option<int?>("--try") { Description = "Which attempt; without it the latest" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the attempt ends; one that is handed back goes on with the next worker" };
        var home = Options.DataDirectory();
        var command = new Command("logs", "The log of an attempt, also while it runs.") { dag, run, task, attempt, follow, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var found = await session.Database.InTransactionAsync(
                tx => FindAsync(tx, args.GetValue(dag)!, args.GetValue(run)!, args.GetValue(task)!, args.GetValue(attempt)), cancellation);
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
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("failed-deps", "Why a task does not run: every condition that is not met.") { dag, run, task, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var answer = await session.Operation<FailedDeps>().OfAsync(args.GetValue(dag)!, args.GetValue(run)!, args.GetValue(task)!, cancellation);
            new Output(args.GetValue(output)).Rows(["unmet"], answer.Unmet.Select(unmet => (IReadOnlyList<object?>)[unmet]), "Every condition is met: the scheduler moves the task within a moment.");
            return 0;
        });
        return command;
    }

    private static async Task<TaskAttempt> FindAsync(Transaction tx, string dagId, string runId, string taskId, int? tryNumber)
    {
        var run = await Lookup.RunAsync(tx, dagId, runId);
        var instances = await TaskInstanceTable.OfRunAsync(tx, run.Id);
        var instance = instances.FirstOrDefault(instance => instance.TaskId == taskId)
            ?? throw new CliError($"Run '{runId}' has no task '{taskId}'. Its tasks are {string.Join(", ", instances.Select(other => other.TaskId))}.");
        var attempts = await TaskAttemptTable.OfTaskInstanceAsync(tx, instance.Id);
        return attempts.LastOrDefault(attempt => tryNumber is null || attempt.TryNumber == tryNumber)
            ?? throw new CliError(tryNumber is null
                ? $"Task '{taskId}' of run '{runId}' has not started yet: {instance.Reason ?? StateNames.ToName(instance.State)}."
                : $"Task '{taskId}' of run '{runId}' has no attempt {tryNumber}; it has had {attempts.Count}.");
    }
}
