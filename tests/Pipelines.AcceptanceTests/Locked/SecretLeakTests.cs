using System.Globalization;
using System.Text;
using Npgsql;
using Pipelines.AcceptanceTests.Cornered;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Locked;

/// <summary>A known secret goes through the whole product, by every way that might betray it, and is looked for wherever it could have stayed.</summary>
public sealed class SecretLeakTests
{
    private const string Password = "warehouse+Passw0rd/42";
    private const string Token = "token-of-the-run-8f31";

    [Test]
    public async Task A_password_stands_in_no_table_no_output_and_no_command_line()
    {
        await using var installation = await Installation.CreateAsync();
        await installation.RunAsync("db", "migrate");
        var server = new NpgsqlConnectionStringBuilder(installation.Database);
        await Script.RunAsync(installation.Database, $"CREATE ROLE loader LOGIN PASSWORD '{Password}'");
        // Also by way of standard input, since the process list shows what stands on a command line.
        await installation.RunWithInputAsync(Uri(server.Port, "pipelines"), "connections", "add", "dw", "--conn-uri", "-");
        await installation.RunWithInputAsync(Uri(server.Port, "nowhere"), "connections", "add", "wrong", "--conn-uri", "-");
        CommandLine[] hosts = [await installation.StartAsync("web"), await installation.StartAsync("scheduler"), await installation.StartAsync("worker")];

        // The secret in the rendered input, in the server's error, in an error of connecting, and in the run's configuration.
        DagFile.ByHand("leaks")
            .Add("shown", "SqlQuery", ("connectionId", "dw"), ("sql", "SELECT length('{{ conn.dw.password }}') AS length"))
            .Add("broken", "SqlQuery", ("connectionId", "dw"), ("sql", "SELECT '{{ conn.dw.password }} {{ dag_run.conf.api_token }}'::integer AS number"))
            .Add("refused", "SqlQuery", ("connectionId", "wrong"), ("sql", "SELECT 1 AS one"))
            .Write(installation.Workflows);
        await installation.UntilAsync("SELECT EXISTS (SELECT FROM pipelines.dag WHERE dag_id = 'leaks')");
        await installation.RunAsync("dags", "unpause", "leaks");
        await installation.RunAsync("dags", "trigger", "leaks", "--run-id", "by_hand", "--conf", $$"""{"api_token": "{{Token}}"}""");
        await installation.UntilAsync("SELECT EXISTS (SELECT FROM pipelines.dag_run WHERE dag_id = 'leaks' AND state = 'failed')");
        var told = new StringBuilder();
        foreach (var task in new[] { "shown", "broken", "refused" }) told.Append(await installation.RunAsync("tasks", "logs", "leaks", "by_hand", task));
        told.Append(await installation.RunAsync("connections", "list")).Append(await installation.RunAsync("runs", "show", "leaks", "by_hand"));
        foreach (var host in hosts) told.Append(await File.ReadAllTextAsync($"/proc/{host.ProcessId.ToString(CultureInfo.InvariantCulture)}/cmdline"));
        foreach (var host in hosts)
        {
            var end = await installation.StopAsync(host);
            told.Append(end.Output).Append(end.Error);
        }

        Assert.That(told.ToString(), Does.Contain("***"), "the secret came by");
        foreach (var secret in Spellings())
        {
            Assert.That(told.ToString(), Does.Not.Contain(secret));
            Assert.That(await TablesWithAsync(installation.Database, secret), Is.Empty, secret);
        }
        // The run's configuration is what its user gave, and is kept as that; nobody else says it again.
        Assert.That(told.ToString(), Does.Not.Contain(Token));
        Assert.That(await TablesWithAsync(installation.Database, Token), Is.EqualTo(new[] { "pipelines.dag_run" }));
        Assert.That(await installation.ReadAsync<long>("SELECT count(*) FROM hangfire.job WHERE arguments::text !~ '^\\[\"[0-9]+\", null\\]$'"), Is.Zero, "a job names a task instance and nothing else");
    }

    private static string Uri(int port, string database) =>
        string.Create(CultureInfo.InvariantCulture, $"postgres://loader:{System.Uri.EscapeDataString(Password)}@127.0.0.1:{port}/{database}");

    private static IEnumerable<string> Spellings() =>
        [Password, System.Uri.EscapeDataString(Password), Convert.ToBase64String(Encoding.UTF8.GetBytes(Password)), Installation.AdminPassword];

    /// <summary>Looks at every row of every table of ours, as a dump of the database has them.</summary>
    private static async Task<List<string>> TablesWithAsync(string database, string secret)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var list = source.CreateCommand("SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname IN ('pipelines', 'hangfire')");
        List<string> tables = [];
        await using (var names = await list.ExecuteReaderAsync())
            while (await names.ReadAsync()) tables.Add(names.GetString(0));
        Assert.That(tables, Has.Count.GreaterThan(20));
        List<string> found = [];
        foreach (var table in tables)
        {
            await using var rows = source.CreateCommand($"SELECT count(*) FROM {table} t WHERE position(@secret IN t::text) > 0");
            rows.Parameters.AddWithValue("secret", secret);
            if (await rows.ExecuteScalarAsync() is not 0L) found.Add(table);
        }
        return found;
    }
}
