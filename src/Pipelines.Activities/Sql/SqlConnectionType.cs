using System.Globalization;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.Sql;

/// <summary>PostgreSQL or Redshift, as the designer and the connections page ask it.</summary>
/// <param name="name">The conn_type.</param>
internal sealed class SqlConnectionType(string name) : IConnectionType
{
    private const string Owner = "designer";

    private const string Version = "SELECT version()";

    private const string Tables =
        """
        SELECT table_schema || '.' || table_name FROM information_schema.tables
        WHERE table_schema NOT IN ('pg_catalog', 'information_schema', 'pg_internal', 'aws_s3', 'aws_commons') AND table_schema NOT LIKE 'pg_temp%'
        ORDER BY 1 LIMIT 5000
        """;

    private const string Columns =
        "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position";

    public string Name => name;

    public async Task<ConnectionTest> TestAsync(Connection connection, CancellationToken cancellation)
    {
        try
        {
            await using var session = await SqlSession.OpenAsync(connection, Owner, cancellation);
            var version = Convert.ToString(await session.ScalarAsync(Version, cancellation), CultureInfo.InvariantCulture);
            return new ConnectionTest(true, $"{SqlConnectionString.Address(connection)} answers: {version}");
        }
        catch (TaskFailure failure)
        {
            return new ConnectionTest(false, failure.Message);
        }
    }

    public Task<IReadOnlyList<string>> ListTablesAsync(Connection connection, CancellationToken cancellation) => TextsAsync(connection, Tables, [], cancellation);

    public Task<IReadOnlyList<string>> ListColumnsAsync(Connection connection, string table, CancellationToken cancellation)
    {
        var parsed = TableName.Parse(table, "table");
        return TextsAsync(connection, Columns, [parsed.Schema, parsed.Name], cancellation);
    }

    private static async Task<IReadOnlyList<string>> TextsAsync(Connection connection, string sql, object[] parameters, CancellationToken cancellation)
    {
        await using var session = await SqlSession.OpenAsync(connection, Owner, cancellation);
        return [.. (await session.RowsAsync(sql, cancellation, parameters)).Select(row => Convert.ToString(row[0], CultureInfo.InvariantCulture)!)];
    }
}
