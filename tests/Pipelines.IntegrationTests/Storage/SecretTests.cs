using System.Text.Json.Nodes;
using Pipelines.Model.Connections;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;

namespace Pipelines.IntegrationTests.Storage;

public class SecretTests
{
    private Migrated _migrated = null!;

    [OneTimeSetUp]
    public async Task CreateAsync() => _migrated = await Migrated.CreateAsync();

    [OneTimeTearDown]
    public async Task DropAsync() => await _migrated.DisposeAsync();

    [Test]
    public async Task A_connection_comes_back_whole_and_its_secrets_are_not_readable_in_the_table()
    {
        var connection = new Connection("shop", "postgres")
        {
            Host = "db",
            Login = "ada",
            Password = "s3cret!",
            Schema = "shop",
            Port = 5432,
            Extra = new JsonObject { ["sslkey"] = "hidden" },
        };
        await _migrated.Database.InTransactionAsync(tx => ConnectionTable.PutAsync(tx, connection));

        var read = await _migrated.Database.InTransactionAsync(tx => ConnectionTable.FindAsync(tx, "shop"));
        var listed = (await _migrated.Database.InTransactionAsync(ConnectionTable.ListAsync)).Single();
        var row = await _migrated.Server.ScalarAsync<string>("SELECT c::text FROM pipelines.connection c");

        Assert.Multiple(() =>
        {
            Assert.That(read!.Password, Is.EqualTo("s3cret!"));
            Assert.That(read!.ExtraText("sslkey"), Is.EqualTo("hidden"));
            Assert.That(read! with { Extra = connection.Extra }, Is.EqualTo(connection));
            Assert.That(listed.Password, Is.Null);
            Assert.That(listed.Extra, Is.Empty);
            Assert.That(row, Does.Not.Contain("s3cret").And.Not.Contain("hidden").And.Contain("gAAAAA"));
        });
    }

    [Test]
    public async Task A_database_opened_without_a_key_says_which_setting_is_missing()
    {
        await using var keyless = new Database(_migrated.Server.ConnectionString);

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => keyless.InTransactionAsync(tx => VariableTable.PutAsync(tx, "a", "b")));

        Assert.That(error!.Message, Does.Contain("PIPELINES_FERNET_KEY"));
    }

    [Test]
    public async Task A_variable_is_replaced_by_its_key()
    {
        await _migrated.Database.InTransactionAsync(tx => VariableTable.PutAsync(tx, "region", "eu"));
        await _migrated.Database.InTransactionAsync(tx => VariableTable.PutAsync(tx, "region", "us"));

        Assert.That(await _migrated.Database.InTransactionAsync(tx => VariableTable.FindAsync(tx, "region")), Is.EqualTo("us"));
    }
}
