using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.LocalCloud;

public class TestPostgresTests
{
    [Test]
    public async Task A_template_is_prepared_once_and_its_copies_are_independent()
    {
        var prepared = 0;
        async Task PrepareAsync(string connectionString)
        {
            Interlocked.Increment(ref prepared);
            await using var connection = new Npgsql.NpgsqlConnection(connectionString);
            await connection.OpenAsync();
            await using var command = new Npgsql.NpgsqlCommand("CREATE TABLE numbers AS SELECT generate_series(1, 3) AS n", connection);
            await command.ExecuteNonQueryAsync();
        }

        var databases = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => TestDatabase.FromTemplateAsync("numbers", PrepareAsync)));
        await databases[0].ExecuteAsync("DELETE FROM numbers");

        Assert.That(prepared, Is.EqualTo(1));
        Assert.That(await databases[0].ScalarAsync<long>("SELECT count(*) FROM numbers"), Is.EqualTo(0));
        Assert.That(await databases[1].ScalarAsync<long>("SELECT count(*) FROM numbers"), Is.EqualTo(3));
        foreach (var database in databases)
            await database.DisposeAsync();
    }
}
