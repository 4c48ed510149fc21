using Pipelines.LocalCloud;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests;

/// <summary>The shop's DAG on a standalone engine: a run moves its day and no other, and a day that runs twice leaves the same warehouse.</summary>
public sealed class ShopTests
{
    private const string Shop = """
        CREATE TABLE customers (customer_id bigint, name text, email varchar(120), country char(2), newsletter boolean, preferences jsonb, created_at timestamptz);
        CREATE TABLE products (product_id bigint, sku varchar(20), name varchar(200), category varchar(60), price numeric(10, 2), weight_kg float8, created_at timestamptz);
        CREATE TABLE orders (order_id bigint, customer_id bigint, status varchar(20), note text, ordered_at timestamptz);
        CREATE TABLE order_items (order_id bigint, line_no smallint, product_id bigint, quantity integer, unit_price numeric(10, 2), ordered_at timestamptz);
        INSERT INTO customers SELECT i, 'Zoë "' || i || '"', i || '@example.com', 'DE', i % 2 = 0, '{"a": 1}', timestamptz '2026-03-01Z' + i * interval '1 hour' FROM generate_series(0, 71) i;
        INSERT INTO products SELECT i, 'sku' || i, E'two\nlines', 'toys', i + 0.99, NULL, timestamptz '2026-03-01Z' + i * interval '8 hours' FROM generate_series(0, 8) i;
        INSERT INTO orders SELECT i, i % 72, 'paid', nullif(E'\\N', CASE WHEN i % 3 = 0 THEN E'\\N' END), timestamptz '2026-03-01Z' + i * interval '10 minutes' FROM generate_series(0, 431) i;
        INSERT INTO order_items SELECT order_id, l, l, 2, 1.50, ordered_at FROM orders, generate_series(1, 3) l;
        """;

    private static readonly string[] Tables =
        ["shop.customers", "shop.products", "shop.orders", "shop.order_items", "mart.dim_date", "mart.dim_customer", "mart.dim_product", "mart.fact_order_line"];

    private readonly TemporaryDirectory _folder = new();

    [OneTimeTearDown]
    public void Clean() => _folder.Dispose();

    [Test]
    public async Task A_day_that_runs_twice_leaves_the_same_warehouse()
    {
        await using var cloud = await LocalCloudHost.StartAsync(
            new LocalCloudOptions { DataDirectory = Path.Combine(_folder.Path, "cloud"), Bucket = "pipelines-lake", Fsync = false });
        await Script.RunAsync(cloud.SourceConnectionString, Shop);
        await using var standalone = await StartAsync();
        foreach (var (connId, uri) in cloud.ConnectionUris) await SucceedAsync("connections", "add", connId, "--conn-uri", uri);
        await SucceedAsync("dags", "unpause", "shop_to_redshift");

        await BackfillAsync("2026-03-01", "2026-03-03");
        var first = await WarehouseAsync(cloud);
        Assert.That(first["shop.orders"].Rows, Is.EqualTo(432), "three days of 144 orders");
        Assert.That(first["mart.fact_order_line"].Rows, Is.EqualTo(1296));

        await Script.RunAsync(cloud.SourceConnectionString, "UPDATE orders SET status = 'late' WHERE ordered_at < '2026-03-02Z' OR ordered_at >= '2026-03-03Z'");
        await BackfillAsync("2026-03-02", "2026-03-02");

        Assert.That(await WarehouseAsync(cloud), Is.EqualTo(first), "the day itself has not changed, and the others were not touched");
    }

    private async Task<CommandLine> StartAsync()
    {
        var workflows = Directory.CreateDirectory(Path.Combine(_folder.Path, "workflows")).FullName;
        File.Copy(Path.Combine(Product.Root, "workflows", "shop_to_redshift.json"), Path.Combine(workflows, "shop_to_redshift.json"));
        var standalone = CommandLine.Start(["standalone", "--port", "0", "--data-dir", Data, "--workflows", workflows]);
        await standalone.LineAsync(line => line.Contains("is running on", StringComparison.Ordinal));
        return standalone;
    }

    private string Data => Path.Combine(_folder.Path, "data");

    private async Task BackfillAsync(string from, string to)
    {
        await SucceedAsync("backfill", "create", "shop_to_redshift", "--from-date", from, "--to-date", to, "--reprocess-behavior", "completed");
        for (var day = DateOnly.Parse(from, System.Globalization.CultureInfo.InvariantCulture); day <= DateOnly.Parse(to, System.Globalization.CultureInfo.InvariantCulture); day = day.AddDays(1))
            await SucceedAsync("runs", "wait", "shop_to_redshift", $"backfill__{day:yyyy-MM-dd}T00:00:00+00:00");
    }

    private static async Task<Dictionary<string, Checksum>> WarehouseAsync(LocalCloudHost cloud)
    {
        var sums = new Dictionary<string, Checksum>();
        foreach (var table in Tables) sums[table] = await Checksum.ReadAsync(cloud.RedshiftConnectionString, table);
        return sums;
    }

    private async Task SucceedAsync(params string[] arguments)
    {
        var run = await CommandLine.RunAsync([.. arguments, "--data-dir", Data]);
        Assert.That(run.ExitCode, Is.Zero, $"{string.Join(' ', arguments)}: {run.Output}{run.Error}");
    }
}
