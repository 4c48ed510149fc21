using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Cli.Verbs;

/// <summary><c>tasks list</c>.</summary>
internal static class TasksListVerb
{
    public static Command Create()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "The tasks of a DAG in the order in which they can run.") { dag, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var current = await session.Database.InTransactionAsync(
                async tx => await session.Operation<DagVersions>().CurrentAsync(tx, await Lookup.DagAsync(tx, args.GetValue(dag)!)), cancellation);
            new Output(args.GetValue(output)).Rows(
                ["task_id", "activity", "mapped", "upstream"],
                current.Tasks.Select(task => (IReadOnlyList<object?>)[task.TaskId, task.ActivityType, task.Mapping?.Text, string.Join(", ", task.Upstream)]),
                "The DAG has no tasks.");
            return 0;
        });
        return command;
    }
}
