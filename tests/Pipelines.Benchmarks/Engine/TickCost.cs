using System.Globalization;
using Pipelines.Engine.Scheduling;

namespace Pipelines.Benchmarks.Engine;

/// <summary>What a tick reads when nothing is to be done, in an empty installation and in one with a long history.</summary>
internal static class TickCost
{
    private const int Ticks = 50;
    private static readonly int[] Histories = [100, 3000];
    private const int TasksPerRun = 1000;

    public static async Task RunAsync()
    {
        await using var engine = await EngineUnderTest.StartAsync(workers: 1, [new NoOp()], started: false);
        await engine.AddAsync(new BenchmarkDag("history", "NoOp", 10, ChainLength: 10));
        await engine.ExecuteAsync("CREATE EXTENSION IF NOT EXISTS pg_stat_statements");
        Print(0, await BuffersAsync(engine));
        foreach (var (before, runs) in Histories.Prepend(0).Zip(Histories))
        {
            await engine.ExecuteAsync(Seed(before, runs));
            await engine.ExecuteAsync("VACUUM ANALYZE");
            Print(await engine.ScalarAsync<long>("SELECT count(*) FROM pipelines.task_instance"), await BuffersAsync(engine));
        }
    }

    private static async Task<double> BuffersAsync(EngineUnderTest engine)
    {
        var scheduler = engine.Get<Scheduler>();
        // The first one of a process reads what it then knows.
        for (var tick = 0; tick < 5; tick++) await scheduler.TickAsync(DateTimeOffset.UtcNow, CancellationToken.None);
        await engine.ExecuteAsync("SELECT pg_stat_statements_reset()");
        for (var tick = 0; tick < Ticks; tick++) await scheduler.TickAsync(DateTimeOffset.UtcNow, CancellationToken.None);
        return (double)await engine.ScalarAsync<decimal>(
            "SELECT sum(shared_blks_hit + shared_blks_read) FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid AND d.datname = current_database() WHERE query NOT LIKE '%pg_stat_statements%'") / Ticks;
    }

    private static void Print(long instances, double buffers) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{instances,10:#,0} finished task instances: {buffers:0.0} buffers of 8 kB a tick"));

    private static string Seed(int before, int runs) =>
        $"""
        INSERT INTO pipelines.dag_run (dag_id, run_id, run_type, state, logical_date, interval_start, interval_end, run_after, triggered_by, conf, dag_version_id, max_active_tasks, queued_at, start_date, end_date)
        SELECT 'history', 'scheduled__' || n, 'scheduled', 'success', t, t, t, t, 'timetable', '{"{}"}', (SELECT max(id) FROM pipelines.dag_version), 16, t, t, t
        FROM generate_series({before + 1}, {runs}) n, LATERAL (SELECT now() - interval '10 years' + n * interval '1 day') AS d (t);
        INSERT INTO pipelines.task_instance (dag_run_id, task_id, operator, state, try_number, max_tries, token, worker, start_date, end_date, hangfire_job_id, pool, priority_weight, queue)
        SELECT r.id, 'task_' || n, 'NoOp', 'success', 1, 0, 1, 'host:1', r.start_date, r.end_date, n::text, 'default_pool', 1, 'default'
        FROM pipelines.dag_run r, generate_series(1, {TasksPerRun}) n WHERE NOT EXISTS (SELECT FROM pipelines.task_instance t WHERE t.dag_run_id = r.id);
        """;
}
