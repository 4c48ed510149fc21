using System.Text.Json.Nodes;
using Npgsql;

namespace Pipelines.Benchmarks.Faces;

/// <summary>A DAG of 50 tasks in five lanes, and a year of finished runs of it, written into the database as the engine would have left them.</summary>
internal static class WideDag
{
    private const int Lanes = 5;

    private const string Seed =
        """
        INSERT INTO pipelines.dag_run (dag_id, run_id, run_type, state, logical_date, interval_start, interval_end, run_after, triggered_by,
            dag_version_id, max_active_tasks, queued_at, start_date, end_date)
        SELECT d.dag_id, 'scheduled__' || to_char(day, 'YYYY-MM-DD"T"HH24:MI:SS+00:00'), 'scheduled', CASE WHEN n % 37 = 0 THEN 'failed' ELSE 'success' END,
            day, day, day + interval '1 day', day + interval '1 day', 'timetable', d.current_version_id, 16, day + interval '1 day',
            day + interval '1 day', day + interval '1 day' + make_interval(mins => 5 + n % 20)
        FROM pipelines.dag d, generate_series(1, @runs) n, LATERAL (SELECT date_trunc('day', now(), 'UTC') - make_interval(days => @runs + 2 - n) AS day) dates
        WHERE d.dag_id = @dagId;
        INSERT INTO pipelines.task_instance (dag_run_id, task_id, operator, state, try_number, max_tries, start_date, end_date, pool, priority_weight, queue)
        SELECT r.id, 'task_' || to_char(t, 'FM00'), 'SqlQuery', CASE WHEN r.state = 'failed' AND t = 50 THEN 'failed' ELSE 'success' END, 1, 0,
            r.start_date, r.start_date + make_interval(secs => 10 + t), 'default_pool', 1, 'default'
        FROM pipelines.dag_run r, generate_series(1, @tasks) t WHERE r.dag_id = @dagId;
        ANALYZE
        """;

    /// <summary>The DAG file.</summary>
    public static string Json()
    {
        var activities = new JsonArray { Activity("dag", "Pipelines.Dag", ("schedule", "0 0 * * *"), ("timetable", "cron_data_interval"), ("startDate", "2026-01-01T00:00:00Z")) };
        var connections = new JsonArray();
        for (var task = 1; task <= FacesBench.Tasks; task++)
        {
            activities.Add((JsonNode)Activity(Name(task), "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1")));
            if (task > Lanes) connections.Add((JsonNode)new JsonObject { ["source"] = End(task - Lanes, "Done"), ["target"] = End(task, "In") });
        }

        return new JsonObject
        {
            ["id"] = FacesBench.DagId,
            ["definitionId"] = FacesBench.DagId,
            ["name"] = FacesBench.DagId,
            ["version"] = 1,
            ["root"] = new JsonObject { ["id"] = "flow", ["nodeId"] = "Workflow1:flow", ["type"] = "Elsa.Flowchart", ["version"] = 1, ["activities"] = activities, ["connections"] = connections },
        }.ToJsonString();
    }

    /// <summary>Waits until the file has been read, then adds the runs.</summary>
    public static async Task SeedAsync(NpgsqlDataSource database)
    {
        await using var ready = database.CreateCommand("SELECT count(*) FROM pipelines.dag WHERE dag_id = @dagId AND current_version_id IS NOT NULL");
        ready.Parameters.AddWithValue("dagId", FacesBench.DagId);
        while ((long)(await ready.ExecuteScalarAsync())! == 0) await Task.Delay(TimeSpan.FromMilliseconds(200));
        await using var connection = await database.OpenConnectionAsync();
        foreach (var statement in Seed.Split(';'))
        {
            await using var command = new NpgsqlCommand(statement, connection);
            command.Parameters.AddWithValue("dagId", FacesBench.DagId);
            command.Parameters.AddWithValue("runs", FacesBench.Runs);
            command.Parameters.AddWithValue("tasks", FacesBench.Tasks);
            await command.ExecuteNonQueryAsync();
        }
    }

    public static string Name(int task) => $"task_{task:00}";

    private static JsonObject End(int task, string port) => new() { ["activity"] = Name(task), ["port"] = port };

    private static JsonObject Activity(string name, string type, params (string Input, string Value)[] inputs)
    {
        var activity = new JsonObject { ["id"] = name, ["nodeId"] = $"Workflow1:flow:{name}", ["name"] = name, ["type"] = type, ["version"] = 1 };
        foreach (var (input, value) in inputs)
            activity[input] = new JsonObject { ["typeName"] = "String", ["expression"] = new JsonObject { ["type"] = "Literal", ["value"] = value } };
        return activity;
    }
}
