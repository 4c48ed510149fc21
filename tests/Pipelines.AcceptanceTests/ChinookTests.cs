using System.Text.Json.Nodes;
using Npgsql;
using Pipelines.LocalCloud.Postgres;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests;

/// <summary>Third-party data: the Chinook music shop's 11 tables reach the warehouse whole.</summary>
public sealed class ChinookTests
{
    private static readonly string[] Tables =
        ["album", "artist", "customer", "employee", "genre", "invoice", "invoice_line", "media_type", "playlist", "playlist_track", "track"];

    [Test]
    public async Task Every_table_arrives_with_the_same_rows()
    {
        var script = Need.Path(Path.Combine(Product.Root, "..", "shared", "data", "chinook.sql"));
        using var folder = new TemporaryDirectory();
        await using var postgres = await EmbeddedPostgres.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(folder.Path, "pg"), Fsync = false });
        var source = await postgres.CreateDatabaseAsync("chinook");
        await Script.RunAsync(source, await File.ReadAllTextAsync(script));
        var file = Tables.Aggregate(DagFile.Daily("chinook"), (dag, table) => dag.Move(table, $"music.{table}")).Write(folder.Path);

        await using var demo = CommandLine.Start(["demo", "--dag", file, "--source", postgres.Uri("chinook"), "--serve", "--port", "0", "-o", "json"]);
        var warehouse = await WarehouseAsync(demo);
        await demo.LineAsync(line => line == "}");

        var moved = JsonNode.Parse(demo.Output)!["tables"]!.AsArray();
        Assert.That(moved, Has.Count.EqualTo(Tables.Length));
        foreach (var table in Tables)
        {
            var expected = await Checksum.ReadAsync(source, $"public.{table}");
            Assert.That(expected.Rows, Is.GreaterThan(0));
            Assert.That(await Checksum.ReadAsync(warehouse, $"music.{table}"), Is.EqualTo(expected), table);
        }
    }

    /// <summary>The demo prints how to reach its warehouse; a user would paste it into psql.</summary>
    private static async Task<string> WarehouseAsync(CommandLine demo)
    {
        var line = await demo.LineAsync(text => text.Contains("redshift://", StringComparison.Ordinal));
        var uri = new Uri(line[line.IndexOf("redshift://", StringComparison.Ordinal)..].Split(' ', '\'', '"')[0]);
        var login = uri.UserInfo.Split(':').Select(Uri.UnescapeDataString).ToArray();
        return new NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.Port,
            Database = uri.AbsolutePath.Trim('/'),
            Username = login[0],
            Password = login[1],
            Pooling = false,
        }.ConnectionString;
    }
}
