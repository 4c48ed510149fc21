using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;

namespace Pipelines.Cli.Verbs;

/// <summary><c>dags trigger</c>.</summary>
internal static class DagsTriggerVerb
{
    public static Command Create()
    {
        var dagId = Options.Name("dag-id", "The DAG");
        var runId = new Option<string?>("--run-id") { Description = "Name of the run; without it one is made" };
        var logicalDate = Options.Moment("--logical-date", "Logical date; the timetable gives the data interval. Without it the run has neither");
        var conf = new Option<string?>("--conf", "-c") { Description = "JSON object that overrides the DAG's params" };
        var (home, output) = (Options.DataDirectory(), Options.Output());
        var command = new Command("trigger", "Make a run by hand.") { dagId, runId, logicalDate, conf, home, output };
        command.SetAction(async (args, cancellation) =>
        {
            var request = new TriggerRequest(args.GetValue(dagId)!)
            {
                RunId = args.GetValue(runId),
                LogicalDate = args.GetValue(logicalDate),
                Conf = ReadConf(args.GetValue(conf)),
            };
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var made = await session.Operation<TriggerDagRun>().ExecuteAsync(request, Session.User, cancellation);
            await SayAsync(made, new Output(args.GetValue(output)));
            return 0;
        });
        return command;
    }

    /// <summary>Says which run was made.</summary>
    public static async Task SayAsync(TriggeredRun made, Output printer)
    {
        printer.Json(new JsonObject { ["dag_id"] = made.Run.DagId, ["run_id"] = made.Run.RunId, ["state"] = "queued", ["notice"] = made.Notice });
        if (!printer.IsJson) printer.Say($"made run {made.Run.RunId} of {made.Run.DagId}");
        if (made.Notice is not null) await Console.Error.WriteLineAsync(made.Notice);
    }

    /// <summary>The overrides of params.</summary>
    /// <exception cref="CliError">It is not a JSON object.</exception>
    public static JsonObject ReadConf(string? text) => text is null ? [] : ReadObject("--conf", text);

    /// <summary>An option that is a JSON object.</summary>
    /// <exception cref="CliError">It is not.</exception>
    /// <exception cref="UnstorableTextException">A text in it cannot be stored.</exception>
    public static JsonObject ReadObject(string option, string text)
    {
        try
        {
            return GivenJson.Parse(text) as JsonObject ?? throw new CliError($"{option} must be a JSON object such as {{\"bucket\": \"lake\"}}, not {text}");
        }
        catch (JsonException error)
        {
            throw new CliError($"{option} is not JSON: {error.Message}");
        }
    }
}
