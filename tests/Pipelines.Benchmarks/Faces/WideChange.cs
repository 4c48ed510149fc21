using Npgsql;

namespace Pipelines.Benchmarks.Faces;

/// <summary>One task instance of the newest run changes its state, as a report of a worker would change it.</summary>
internal static class WideChange
{
    private const string Change =
        """
        WITH newest AS (SELECT id FROM pipelines.dag_run WHERE dag_id = @dagId ORDER BY id DESC LIMIT 1),
        changed AS (
            UPDATE pipelines.task_instance SET state = CASE state WHEN 'success' THEN 'failed' ELSE 'success' END
            WHERE dag_run_id = (SELECT id FROM newest) AND task_id = 'task_01' RETURNING dag_run_id, state)
        SELECT state, pg_notify('pipelines_run_changed', dag_run_id || ' ' || @dagId)::text FROM changed
        """;

    /// <returns>The state that it has now.</returns>
    public static async Task<string> ApplyAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(Change);
        command.Parameters.AddWithValue("dagId", FacesBench.DagId);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
