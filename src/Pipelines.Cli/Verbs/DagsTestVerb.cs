using System.CommandLine;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Runs;

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
        var replace = new Option<bool>("--replace") { Description = "End a 'dags test' of the same logical date that is under way, or was left when its terminal was killed, and take its place" };
        var home = Options.DataDirectory();
        var command = new Command("test", "Run a DAG once in this terminal, task after task, with its log; no worker is needed.") { dagId, logicalDate, replace, home };
        command.SetAction(async (args, cancellation) =>
        {
            await using var session = await Session.OpenAsync(args.GetValue(home)!, cancellation);
            var run = await MakeRunAsync(session, args.GetValue(dagId)!, args.GetValue(logicalDate), args.GetValue(replace), cancellation);
            await using var told = cancellation.Register(() => Console.Error.WriteLine("Interrupted: what runs is stopped, and teardowns of what was prepared run now. Ctrl+C once more ends at once, without them."));
            var state = await session.Operation<DagTest>().RunAsync(run, Tester, Print, cancellation);
            Console.Out.WriteLine($"{run.DagId} {run.RunId}: {StateNames.ToName(state)}");
            if (state == DagRunState.Success) return 0;
            if (!cancellation.IsCancellationRequested) return Failures.Failed;
            await Console.Error.WriteLineAsync($"Interrupted: run '{run.RunId}' of DAG '{run.DagId}' is marked failed, and so are its tasks that had not ended, but for teardowns, which have run. Repeat the command to run it anew.");
            return Failures.Interrupted;
        });
        return command;
    }

    private static Actor Tester => Session.User with { By = RunTriggeredBy.Test };

    private static async Task<DagRun> MakeRunAsync(Session session, string dagId, DateTimeOffset? logicalDate, bool replace, CancellationToken cancellation)
    {
        var interval = await session.Database.InTransactionAsync(tx => IntervalAsync(tx, session, dagId, logicalDate), cancellation);
        var request = new TriggerRequest(dagId) { RunId = $"test__{session.Now:yyyy-MM-ddTHH:mm:ss.fffZ}", LogicalDate = logicalDate ?? interval?.Start, Interval = interval };
        if (request.LogicalDate is { } date) await MakeRoomAsync(session, dagId, date, replace, cancellation);
        return (await session.Operation<TriggerDagRun>().ExecuteAsync(request, Tester, cancellation)).Run;
    }

    /// <summary>A date has one run. Airflow's <c>dags test</c> deletes whatever it had; here what others made stays.</summary>
    private static async Task MakeRoomAsync(Session session, string dagId, DateTimeOffset date, bool replace, CancellationToken cancellation)
    {
        if (await session.Database.InTransactionAsync(tx => DagRunQueries.FindAsync(tx, dagId, date), cancellation) is not { } earlier) return;
        if (earlier.TriggeredBy != RunTriggeredBy.Test)
            throw new CliError($"DAG '{dagId}' has run '{earlier.RunId}' of logical date {date.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} already, and only runs of 'dags test' are replaced. Choose another date, or run it again with 'pipelines tasks clear {dagId} {earlier.RunId}'.");
        if (!earlier.State.IsFinished() && !replace)
            throw new CliError($"Run '{earlier.RunId}' of 'dags test' of DAG '{dagId}' and logical date {date.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} is under way in another terminal, or was left when that was killed. Wait for its end, choose another date, or end it and take its place with --replace.");
        // Where it goes on it is told.
        if (!earlier.State.IsFinished()) await session.Operation<MarkDagRun>().ExecuteAsync(dagId, earlier.RunId, DagRunState.Failed, Tester, cancellation);
        await session.Operation<DeleteDagRun>().ExecuteAsync(dagId, earlier.RunId, Tester, cancellation);
        await Console.Error.WriteLineAsync($"This replaces run '{earlier.RunId}' of the same logical date.");
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
