using Npgsql;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Storage;

public class SchemaTests
{
    private const string Catalog =
        """
        SELECT format('column %s.%s %s %s default %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                      CASE WHEN a.attnotnull THEN 'not null' END, pg_get_expr(d.adbin, d.adrelid), a.attidentity)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'pipelines'::regnamespace AND c.relkind IN ('r', 'p')
        UNION ALL
        SELECT format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        FROM pg_constraint WHERE connamespace = 'pipelines'::regnamespace
        UNION ALL
        SELECT indexdef FROM pg_indexes WHERE schemaname = 'pipelines'
        UNION ALL
        SELECT format('relation %s %s %s', relname, relkind, pg_get_expr(relpartbound, oid)) FROM pg_class WHERE relnamespace = 'pipelines'::regnamespace
        UNION ALL
        SELECT format('pool %s %s %s', name, slots, description) FROM pipelines.pool
        ORDER BY 1
        """;

    [Test]
    public async Task Schema_sql_is_the_sum_of_the_migrations()
    {
        await using var migrated = await Migrated.CreateAsync();
        await using var written = await TestPostgres.CreateDatabaseAsync();
        using var schema = new StreamReader(typeof(Database).Assembly.GetManifestResourceStream("Pipelines.Storage.schema.sql")!);
        await written.ExecuteAsync(await schema.ReadToEndAsync());

        Assert.That(await DescribeAsync(migrated.Server), Is.EqualTo(await DescribeAsync(written)));
    }

    [TestCase("task_instance", typeof(TaskState))]
    [TestCase("dag_run", typeof(DagRunState))]
    public async Task The_check_on_states_lists_the_states_of_the_model(string table, Type states)
    {
        await using var migrated = await Migrated.CreateAsync();

        var check = await migrated.Server.ScalarAsync<string>(
            $"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'pipelines.{table}'::regclass AND conname = '{table}_state_check'");

        var listed = System.Text.RegularExpressions.Regex.Matches(check, "'([a-z_]+)'").Select(match => match.Groups[1].Value);
        var names = Enum.GetNames(states).Select(name => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(name));
        Assert.That(listed, Is.EquivalentTo(names));
    }

    private static async Task<List<string>> DescribeAsync(TestDatabase database)
    {
        await using var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(Catalog, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync()) lines.Add(reader.GetString(0));
        return lines;
    }
}
