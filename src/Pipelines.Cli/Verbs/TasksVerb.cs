using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>tasks logs|clear</c>.</summary>
internal static class TasksVerb
{
    private static readonly TimeSpan FollowPause = TimeSpan.FromMilliseconds(500);

    public static Command Create() => new("tasks", "Look into single tasks.") { Logs(), TasksClearVerb.Create() };

    private static Command Logs()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var run = Options.Name("run-id", "The run");
        var task = Options.Name("task-id", "The task");
        var attempt = new Option<int?>("--try") { Description = "Which attempt; without it the latest" };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the attempt ends" };
        var home = Options.DataDirectory();
        var command = new Command("logs", "The log of an attempt, also while it runs.") { dag, run, task, attempt, follow, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var found = await session.Database.InTransactionAsync(
                tx => FindAsync(tx, args.GetValue(dag)!, args.GetValue(run)!, args.GetValue(task)!, args.GetValue(attempt)), cancellation);
            await PrintAsync(session.Database, found, args.GetValue(follow), cancellation);
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

    private static async Task PrintAsync(Database database, TaskAttempt attempt, bool follow, CancellationToken cancellation)
    {
        var (next, running) = (0, follow);
        while (true)
        {
            var (page, open) = await database.InTransactionAsync(async tx =>
            {
                var attempts = await TaskAttemptTable.OfTaskInstanceAsync(tx, attempt.TaskInstanceId);
                return (await LogTable.ReadAsync(tx, attempt.Id, next), attempts.Single(other => other.Id == attempt.Id).EndDate is null);
            }, cancellation);
            foreach (var line in page.Lines) Console.Out.WriteLine(LogText.Of(line));
            if (page.Lines.Count == 0 && !running) return;
            if (page.Lines.Count == 0) await Task.Delay(FollowPause, cancellation);
            (next, running) = (page.NextChunk, follow && open);
        }
    }
}
