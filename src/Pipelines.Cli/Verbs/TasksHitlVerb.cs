using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>tasks hitl list|respond</c>.</summary>
internal static class TasksHitlVerb
{
    private const int Most = 1000;

    public static Command Create() => new("hitl", "Human in the loop: what tasks ask people.") { List(), Respond() };

    private static Command List()
    {
        var dag = new Option<string?>("--dag-id") { Description = "Only of this DAG" };
        var answered = new Option<bool>("--answered") { Description = $"What was answered, the latest {Most} first; without it what waits for an answer" };
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("list", "What waits for an answer, the oldest first.") { dag, answered, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var (of, past) = (args.GetValue(dag), args.GetValue(answered));
            var found = await session.Database.InTransactionAsync(tx => past ? HitlDetailTable.AnsweredAsync(tx, of, Most) : HitlDetailTable.AskingAsync(tx, of, Most), cancellation);
            new Output(args.GetValue(output)).Rows(
                ["dag_id", "run_id", "task_id", "map_index", "asked_at", "respond_by", "options", "params", "assigned_users", "chosen_options", "responded_by", "responded_at", "subject"],
                found.Select(Row),
                past ? "Nothing was answered yet." : "Nothing waits for an answer.");
            return 0;
        });
        return command;
    }

    private static IReadOnlyList<object?> Row(HitlAction action)
    {
        var (detail, question) = (action.Detail, action.Detail.Question);
        return
        [
            action.DagId, action.RunId, action.TaskId, action.MapIndex, detail.CreatedAt, detail.RespondBy, string.Join(", ", question.Options), string.Join(", ", detail.Params.Items.Select(param => param.Name)),
            string.Join(", ", question.AssignedUsers), detail.Response is { } response ? string.Join(", ", response.ChosenOptions) : null, detail.Response?.RespondedBy, detail.Response?.RespondedAt, question.Subject,
        ];
    }

    private static Command Respond()
    {
        var dag = Options.Name("dag-id", "The DAG");
        var run = Options.Name("run-id", "The run");
        var task = Options.Name("task-id", "The task");
        var mapIndex = new Option<int?>("--map-index") { Description = "Which of a mapped task's instances" };
        var chosen = new Option<string[]>("--option") { Description = "An option that is chosen; several times where several may be", Required = true };
        var given = new Option<string?>("--params-input") { Description = "JSON object with a value for each param that is asked for; without it their defaults" };
        var home = Options.DataDirectory();
        var command = new Command("respond", "Answer what a task asks; it goes on at once.") { dag, run, task, mapIndex, chosen, given, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var answer = new HitlAnswer(args.GetValue(chosen)!, args.GetValue(given) is { } text ? DagsTriggerVerb.ReadObject(given.Name, text) : null);
            var stored = await session.Operation<RespondToHitl>().ExecuteAsync(
                args.GetValue(dag)!, args.GetValue(run)!, new TaskChoice(args.GetValue(task)!, args.GetValue(mapIndex)), answer, Session.User, cancellation);
            Console.Out.WriteLine($"{stored.RespondedBy} chose {string.Join(", ", stored.ChosenOptions)}; the task goes on");
            return 0;
        });
        return command;
    }
}
