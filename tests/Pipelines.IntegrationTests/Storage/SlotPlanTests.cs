using System.Reflection;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Storage;

/// <summary>What it costs to find those who get a slot follows how many get one, and neither how many wait behind them nor the history.</summary>
public class SlotPlanTests
{
    private const string First =
        """
        INSERT INTO pipelines.dag (dag_id, file_name, timetable_summary, owner, max_active_runs, is_paused) VALUES ('d', 'd.json', 'None', 'ada', 16, false);
        INSERT INTO pipelines.dag_version (dag_id, version_number, hash, file_text, created_at) VALUES ('d', 1, repeat('0', 64), '{}', now());
        INSERT INTO pipelines.dag_run (dag_id, run_id, run_type, state, run_after, triggered_by, dag_version_id, max_active_tasks, queued_at, start_date, end_date)
        SELECT 'd', 'r' || n, 'manual', CASE WHEN n < 3 THEN 'running' ELSE 'success' END, now(), 'cli', 1, 100000, now(), now(), CASE WHEN n = 3 THEN now() END FROM generate_series(1, 3) n;
        """;

    [TestCase("1, NULL, NULL", false)]
    [TestCase("1, NULL, NULL", true)]
    [TestCase("2, 9, 9", true)]
    public async Task Granting_costs_the_same_with_many_finished_and_waiting(string limits, bool analyzed)
    {
        await using var migrated = await Migrated.CreateAsync();
        var server = migrated.Server;
        await server.ExecuteAsync(First + Tasks(1, 100, "scheduled"));
        await server.ExecuteAsync("ANALYZE");
        var few = await BuffersAsync();
        await server.ExecuteAsync(Tasks(2, 20_000, "scheduled") + Tasks(3, 20_000, "success"));
        if (analyzed) await server.ExecuteAsync("ANALYZE");

        // An index of many may have a level more.
        Assert.That(await BuffersAsync(), Is.LessThanOrEqualTo(few + 8), $"with few: {few}");

        string Tasks(long run, int count, string state) =>
            $"""
            INSERT INTO pipelines.task_instance (dag_run_id, task_id, operator, state, try_number, max_tries, pool, priority_weight, queue, end_date,
                pool_slots, max_active_tis_per_dag, max_active_tis_per_dagrun)
            SELECT {run}, 't' || n, 'Nothing', '{state}', 1, 0, 'default_pool', 1, 'default', CASE WHEN '{state}' = 'success' THEN now() END, {limits} FROM generate_series(1, {count}) n;
            """;

        async Task<long> BuffersAsync()
        {
            await using var connection = await server.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var locking = new NpgsqlCommand(Statement("Lock"), connection);
            await locking.ExecuteNonQueryAsync();
            await using var explain = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {Statement("Placeable").Replace("@limit", "16", StringComparison.Ordinal)}", connection);
            var plan = JsonNode.Parse((string)(await explain.ExecuteScalarAsync())!)![0]!["Plan"]!;
            Assert.That(plan["Actual Rows"]!.GetValue<double>(), Is.EqualTo(16));
            return plan["Shared Hit Blocks"]!.GetValue<long>() + plan["Shared Read Blocks"]!.GetValue<long>();
        }
    }

    private static string Statement(string name) =>
        (string)typeof(SlotTable).GetField(name, BindingFlags.Static | BindingFlags.NonPublic)!.GetRawConstantValue()!;
}
