using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Access;
using Pipelines.Storage.Callbacks;

namespace Pipelines.Cli.Verbs;

/// <summary><c>runs callbacks</c>. What those of tasks did is at the end of the tasks' logs.</summary>
internal static class RunsCallbacksVerb
{
    public static Command Create()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var runId = Options.Name("run-id", "The run, as 'runs list' names it");
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("callbacks", "What the callbacks of the DAG did when this run ended, and whom the run and its tasks have still to tell.") { dag, runId, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var (told, owed) = await session.Database.InTransactionAsync(async tx =>
            {
                var run = await Lookup.RunAsync(tx, args.GetValue(dag)!, args.GetValue(runId)!);
                return (await EventLogTable.OfRunAsync(tx, run.DagId, run.RunId, CallbackRecord.EventNames), await CallbackTable.OfRunAsync(tx, run.Id));
            }, cancellation);
            new Output(args.GetValue(output)).Rows(
                ["callback", "task_id", "map_index", "at", "what"],
                [
                    .. told.Select(each => (IReadOnlyList<object?>)[each.Name, null, null, each.LoggedAt, each.Extra]),
                    .. owed.Select(each => (IReadOnlyList<object?>)
                    [
                        StateNames.ToName(each.Moment.Kind), each.TaskInstanceId is null ? null : each.Moment.TaskId, each.TaskInstanceId is null ? null : each.Moment.MapIndex, each.DueAt,
                        each.Tries == 0 ? "a worker is to call it" : $"failed {each.Tries} times; a worker is to call it again",
                    ]),
                ],
                $"Nothing is owed, and the DAG has told nobody. What callbacks of a task did is in its log: 'pipelines tasks logs {args.GetValue(dag)} {args.GetValue(runId)} TASK'.");
            return 0;
        });
        return command;
    }
}
