using System.Globalization;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;

namespace Pipelines.Benchmarks.Engine;

/// <summary>How long a person waits for a backfill to be made: its runs and their task instances, beside the bare rows of as many.</summary>
internal static class BackfillTime
{
    private const int Rounds = 5;
    private const int TasksPerRun = 10;

    /// <summary>Windows of the backfill that is measured.</summary>
    public const int Windows = 1000;

    /// <summary>Daily windows from a year on.</summary>
    public static BackfillRequest Of(string dagId, int year)
    {
        var from = new DateTimeOffset(year, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return new BackfillRequest(dagId, new BackfillRange(from, from.AddDays(Windows - 1)));
    }

    public static async Task RunAsync()
    {
        await using var engine = await EngineUnderTest.StartAsync(workers: 1, [new NoOp()], started: false);
        await engine.AddAsync(new BenchmarkDag("past", "NoOp", TasksPerRun, ChainLength: TasksPerRun) { Schedule = "@daily", IsPaused = true });
        await engine.ExecuteAsync("CREATE TABLE bare_run (id bigserial PRIMARY KEY, dag_id text, run_id text, date timestamptz, UNIQUE (dag_id, run_id), UNIQUE (dag_id, date))");
        await engine.ExecuteAsync("CREATE TABLE bare_task (id bigserial PRIMARY KEY, run bigint REFERENCES bare_run, task_id text, UNIQUE (run, task_id))");
        await MakeAsync(engine, 2000);
        await BareAsync(engine, "warm-up");
        await engine.ExecuteAsync("VACUUM ANALYZE");

        List<double> ours = [], bare = [];
        for (var round = 0; round < Rounds; round++)
        {
            ours.Add(await MakeAsync(engine, 2003 + (3 * round)));
            bare.Add(await BareAsync(engine, round.ToString(CultureInfo.InvariantCulture)));
        }
        new Samples(bare).Print($"reference: {Windows} rows and {Windows * TasksPerRun} of theirs in one statement", "ms");
        new Samples(ours).Print($"a backfill of {Windows} windows with {TasksPerRun} tasks each is made", "ms");
    }

    // One backfill of a DAG at a time.
    private static async Task<double> MakeAsync(EngineUnderTest engine, int year)
    {
        var began = TimeProvider.System.GetTimestamp();
        var made = await engine.Get<CreateBackfill>().ExecuteAsync(Of("past", year), EngineUnderTest.Person, CancellationToken.None);
        var took = TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
        await engine.Get<CancelBackfill>().ExecuteAsync(made.Id, EngineUnderTest.Person, CancellationToken.None);
        return took;
    }

    private static async Task<double> BareAsync(EngineUnderTest engine, string name)
    {
        var began = TimeProvider.System.GetTimestamp();
        await engine.ExecuteAsync(
            $"""
            WITH run AS (
                INSERT INTO bare_run (dag_id, run_id, date) SELECT '{name}', 'backfill__' || n, now() + n * interval '1 day' FROM generate_series(1, {Windows}) n RETURNING id)
            INSERT INTO bare_task (run, task_id) SELECT run.id, 'task_' || n FROM run, generate_series(1, {TasksPerRun}) n
            """);
        return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
    }
}
