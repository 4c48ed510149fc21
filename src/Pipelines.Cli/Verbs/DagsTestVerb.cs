using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using Pipelines.Storage.Logs;

namespace Pipelines.Cli.Verbs;

/// <summary><c>dags test</c>.</summary>
internal static class DagsTestVerb
{
    public static Command Create()
    {
        var dagId = Options.Name("dag-id", "The DAG");
        var logicalDate = new Argument<DateTimeOffset?>("logical-date")
        {
            Description = "Its logical date (ISO 8601, UTC unless it says otherwise); without it the last whole interval of the schedule",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = result => Options.ParseMoment(result, "logical-date"),
        };
        var home = Options.DataDirectory();
        var command = new Command("test", "Run a DAG once in this terminal, task after task, with its log; no worker is needed.") { dagId, logicalDate, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var run = await MakeRunAsync(session, args.GetValue(dagId)!, args.GetValue(logicalDate), cancellation);
            var state = await session.Operation<DagTest>().RunAsync(run.Id, Print, cancellation);
            Console.Out.WriteLine($"{run.DagId} {run.RunId}: {StateNames.ToName(state)}");
            return state == DagRunState.Success ? 0 : Failures.Failed;
        });
        return command;
    }

    private static async Task<DagRun> MakeRunAsync(Session session, string dagId, DateTimeOffset? logicalDate, CancellationToken cancellation)
    {
        var interval = await session.Database.InTransactionAsync(tx => IntervalAsync(tx, session, dagId, logicalDate), cancellation);
        var request = new TriggerRequest(dagId) { RunId = $"test__{session.Now:yyyy-MM-ddTHH:mm:ss.fffZ}", LogicalDate = logicalDate ?? interval?.Start, Interval = interval };
        return (await session.Operation<TriggerDagRun>().ExecuteAsync(request, Session.User with { By = RunTriggeredBy.Test }, cancellation)).Run;
    }

    /// <summary>
    /// The interval that a scheduled run of this logical date has, as Airflow's <c>dags test</c> takes it; a date off the schedule gets the one
    /// of a manual run. Null without a date for a DAG without a schedule: its run has no logical date.
    /// </summary>
    private static async Task<DataInterval?> IntervalAsync(Transaction tx, Session session, string dagId, DateTimeOffset? logicalDate)
    {
        var timetable = (await session.Operation<DagVersions>().CurrentAsync(tx, await Lookup.DagAsync(tx, dagId))).Timetable;
        if (logicalDate is not { } date) return timetable.CanBeScheduled ? timetable.InferManualInterval(session.Now) : null;
        return timetable.Periodic && timetable.RunsBetween(date, date).FirstOrDefault() is { } scheduled ? scheduled.Interval : timetable.InferManualInterval(date);
    }

    private static void Print(string task, LogLine line) => Console.Out.WriteLine($"{task}: {LogText.Of(line)}");
}
