using System.Reflection;
using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Storage;

/// <summary>What is around an end in a mapped group costs the same however many map indexes the group has.</summary>
public class NearPlanTests
{
    [TestCase(false)]
    [TestCase(true)]
    public async Task A_mapped_group_is_read_by_its_map_indexes(bool analyzed)
    {
        await using var migrated = await Migrated.CreateAsync();
        var server = migrated.Server;
        await server.ExecuteAsync($"""
            INSERT INTO pipelines.dag (dag_id, file_name, timetable_summary, owner, max_active_runs, is_paused) VALUES ('d', 'd.json', 'None', 'ada', 16, false);
            INSERT INTO pipelines.dag_version (dag_id, version_number, hash, file_text, created_at) VALUES ('d', 1, repeat('0', 64), '', now());
            INSERT INTO pipelines.dag_run (dag_id, run_id, run_type, state, run_after, triggered_by, dag_version_id, max_active_tasks, queued_at, start_date)
            VALUES ('d', 'r', 'manual', 'running', now(), 'cli', 1, 16, now(), now());
            {Indexes(0, 9)}
            """);
        await server.ExecuteAsync("ANALYZE");
        var few = await BuffersAsync();
        await server.ExecuteAsync(Indexes(10, 9_999));
        if (analyzed) await server.ExecuteAsync("ANALYZE");

        // An index of many may have a level or two more.
        Assert.That(await BuffersAsync(), Is.LessThanOrEqualTo(few + 20), $"with few: {few}");

        async Task<long> BuffersAsync()
        {
            await using var connection = await server.OpenAsync();
            var sql = Statement.Replace("@dagRunId", "1").Replace("@whole", "'{list}'::text[]").Replace("@byMapIndex", "'{a,b}'::text[]").Replace("@mapIndexes", "'{-1,0,7}'::integer[]");
            await using var explain = new NpgsqlCommand($"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", connection);
            var plan = JsonNode.Parse((string)(await explain.ExecuteScalarAsync())!)![0]!["Plan"]!;
            return plan["Shared Hit Blocks"]!.GetValue<long>() + plan["Shared Read Blocks"]!.GetValue<long>();
        }
    }

    private static string Indexes(int from, int to) =>
        $"""
        INSERT INTO pipelines.task_instance (dag_run_id, task_id, map_index, operator, max_tries, pool, priority_weight, queue)
        SELECT 1, t, n, 'Nothing', 0, 'default_pool', 1, 'default' FROM unnest('{"{a,b,c}"}'::text[]) t, generate_series({from}, {to}) n;
        """;

    private static string Statement => (string)typeof(TaskInstanceTable).GetField("OfTasks", BindingFlags.Static | BindingFlags.NonPublic)!.GetRawConstantValue()!;
}
