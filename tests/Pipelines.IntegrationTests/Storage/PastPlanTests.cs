using System.Reflection;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Storage;

/// <summary>What tasks that depend on their past cost a tick follows the unfinished runs, not the history.</summary>
public class PastPlanTests
{
    private const string First =
        """
        INSERT INTO pipelines.dag (dag_id, file_name, timetable_summary, owner, max_active_runs, is_paused) VALUES ('d', 'd.json', 'None', 'ada', 16, false);
        INSERT INTO pipelines.dag_version (dag_id, version_number, hash, file_text, created_at) VALUES ('d', 1, repeat('0', 64), '{}', now());
        """;

    private static readonly (string Name, string Parameters)[] Statements =
    [
        ("Previous", "@dagId='d' @before='2026-01-01'"),
        ("PreviousAutomated", "@dagId='d' @before='2026-01-01'"),
        ("States", "@dagRunId=1 @taskIds='{t1,t2}'::text[]"),
        ("IsFirstOfBackfill", "@backfillId=1 @dagRunId=1"),
        ("Wake", "@limit=100 @now='2026-01-01'"),
    ];

    [TestCase(false)]
    [TestCase(true)]
    public async Task Looking_back_costs_the_same_with_a_long_history(bool analyzed)
    {
        await using var migrated = await Migrated.CreateAsync();
        var server = migrated.Server;
        await server.ExecuteAsync(First + Runs(1, 3, "scheduled") + Runs(4, 50, "manual"));
        await server.ExecuteAsync("INSERT INTO pipelines.past_change (dag_id, logical_date) VALUES ('d', '2020-01-01')");
        await server.ExecuteAsync("ANALYZE");
        var few = await BuffersAsync();
        await server.ExecuteAsync(Runs(51, 10_000, "manual") + Runs(10_001, 20_000, "scheduled"));
        if (analyzed) await server.ExecuteAsync("ANALYZE");

        var many = await BuffersAsync();
        // An index of many may have a level or two more.
        foreach (var (name, buffers) in many) Assert.That(buffers, Is.LessThanOrEqualTo(few[name] + 8), $"{name}, with few: {few[name]}");

        // The scheduled ones are the oldest, so that whoever looks for one passes over those of people.
        static string Runs(int from, int to, string type) =>
            $"""
            INSERT INTO pipelines.dag_run (dag_id, run_id, run_type, state, logical_date, interval_start, interval_end, run_after, triggered_by, dag_version_id, max_active_tasks, queued_at, start_date, end_date)
            SELECT 'd', 'r' || n, '{type}', 'success', t, t, t, t, 'cli', 1, 16, t, t, t
            FROM generate_series({from}, {to}) n, LATERAL (SELECT CASE '{type}' WHEN 'manual' THEN timestamptz '2025-12-01' ELSE '2025-11-01' END - n * interval '1 minute') AS d (t);
            INSERT INTO pipelines.task_instance (dag_run_id, task_id, operator, state, try_number, max_tries, pool, priority_weight, queue, end_date)
            SELECT r.id, 't' || n, 'Nothing', 'success', 1, 0, 'default_pool', 1, 'default', now() FROM pipelines.dag_run r, generate_series(1, 3) n WHERE r.run_id = ANY(SELECT 'r' || k FROM generate_series({from}, {to}) k);
            """;

        async Task<Dictionary<string, long>> BuffersAsync()
        {
            var found = new Dictionary<string, long>();
            foreach (var (name, parameters) in Statements) found[name] = await ReadAsync(name, parameters);
            return found;
        }

        async Task<long> ReadAsync(string name, string parameters)
        {
            await using var connection = await server.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            var sql = parameters.Split(' ').Select(each => each.Split('=', 2)).Aggregate(Statement(name), (text, each) => text.Replace(each[0], each[1], StringComparison.Ordinal));
            await using var explain = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", connection);
            var plan = JsonNode.Parse((string)(await explain.ExecuteScalarAsync())!)![0]!["Plan"]!;
            return plan["Shared Hit Blocks"]!.GetValue<long>() + plan["Shared Read Blocks"]!.GetValue<long>();
        }
    }

    private static string Statement(string name) =>
        (string)typeof(PastTable).GetField(name, BindingFlags.Static | BindingFlags.NonPublic)!.GetRawConstantValue()!;
}
