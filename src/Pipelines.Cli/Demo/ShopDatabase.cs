using Bogus;
using Npgsql;
using NpgsqlTypes;

namespace Pipelines.Cli.Demo;

/// <summary>
/// A web shop's PostgreSQL database with made-up customers, products, orders and order lines over the last three whole days (UTC).
/// The same row count and first day always give the same rows.
/// </summary>
internal sealed class ShopDatabase(int orders, DateOnly firstDay)
{
    /// <summary>Days of data, the last one being yesterday.</summary>
    public const int Days = 3;

    private const int Seed = 20260101;

    private const string Tables = """
        CREATE TABLE customers (
            customer_id bigint PRIMARY KEY, name text NOT NULL, email varchar(120) NOT NULL, country char(2) NOT NULL,
            newsletter boolean NOT NULL, preferences jsonb, created_at timestamptz NOT NULL);
        CREATE TABLE products (
            product_id bigint PRIMARY KEY, sku varchar(20) NOT NULL, name varchar(200) NOT NULL, category varchar(60) NOT NULL,
            price numeric(10, 2) NOT NULL, weight_kg double precision, created_at timestamptz NOT NULL);
        CREATE TABLE orders (
            order_id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status varchar(20) NOT NULL,
            note text, ordered_at timestamptz NOT NULL);
        CREATE TABLE order_items (
            order_id bigint NOT NULL REFERENCES orders, line_no smallint NOT NULL, product_id bigint NOT NULL REFERENCES products,
            quantity integer NOT NULL, unit_price numeric(10, 2) NOT NULL, ordered_at timestamptz NOT NULL,
            PRIMARY KEY (order_id, line_no));
        """;

    private const string Indexes = """
        CREATE INDEX ON customers (created_at);
        CREATE INDEX ON products (created_at);
        CREATE INDEX ON orders (ordered_at);
        CREATE INDEX ON order_items (ordered_at);
        ANALYZE;
        """;

    private static readonly string[] Statuses = ["placed", "paid", "shipped", "returned"];
    private static readonly string?[] Notes = [null, null, null, "", "Ring twice, then \"leave\" it", "2. Stock\nlinks klingeln", "Danke! 🎁", "\\N is not a null"];

    private readonly Faker _faker = new() { Random = new Randomizer(Seed) };
    private readonly int _customers = Math.Max(Days, orders / 10);
    private readonly int _products = Math.Clamp(orders / 40, Days, 5000);
    private readonly List<decimal> _prices = [];

    /// <summary>Creates the tables and fills them through binary COPY.</summary>
    public async Task CreateAsync(string connectionString, CancellationToken cancellation)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync(cancellation);
        await ExecuteAsync(connection, Tables, cancellation);
        await FillCustomersAsync(connection, cancellation);
        await FillProductsAsync(connection, cancellation);
        await FillOrdersAsync(connection, cancellation);
        await FillOrderItemsAsync(connection, cancellation);
        await ExecuteAsync(connection, Indexes, cancellation);
    }

    private async Task FillCustomersAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var writer = await connection.BeginBinaryImportAsync("COPY customers FROM STDIN (FORMAT binary)", cancellation);
        for (var id = 1; id <= _customers; id++)
        {
            var name = _faker.Name.FullName();
            await writer.StartRowAsync(cancellation);
            await writer.WriteAsync((long)id, NpgsqlDbType.Bigint, cancellation);
            await writer.WriteAsync(name, NpgsqlDbType.Text, cancellation);
            await writer.WriteAsync($"{name.ToLowerInvariant().Replace(' ', '.').Replace("'", "")}.{id}@example.com", NpgsqlDbType.Varchar, cancellation);
            await writer.WriteAsync(_faker.Address.CountryCode(), NpgsqlDbType.Char, cancellation);
            await writer.WriteAsync(_faker.Random.Bool(), NpgsqlDbType.Boolean, cancellation);
            await WriteOptionalAsync(writer, id % 3 == 0 ? null : $$"""{"theme": "{{(id % 2 == 0 ? "dark" : "light")}}", "size": {{id % 7}}}""", NpgsqlDbType.Jsonb, cancellation);
            await writer.WriteAsync(Moment(id, _customers), NpgsqlDbType.TimestampTz, cancellation);
        }

        await writer.CompleteAsync(cancellation);
    }

    private async Task FillProductsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var writer = await connection.BeginBinaryImportAsync("COPY products FROM STDIN (FORMAT binary)", cancellation);
        for (var id = 1; id <= _products; id++)
        {
            var price = Math.Round(_faker.Random.Decimal(1, 500), 2);
            _prices.Add(price);
            await writer.StartRowAsync(cancellation);
            await writer.WriteAsync((long)id, NpgsqlDbType.Bigint, cancellation);
            await writer.WriteAsync(_faker.Commerce.Ean13(), NpgsqlDbType.Varchar, cancellation);
            await writer.WriteAsync(_faker.Commerce.ProductName(), NpgsqlDbType.Varchar, cancellation);
            await writer.WriteAsync(_faker.Commerce.Categories(1)[0], NpgsqlDbType.Varchar, cancellation);
            await writer.WriteAsync(price, NpgsqlDbType.Numeric, cancellation);
            await WriteOptionalAsync<double?>(writer, id % 5 == 0 ? null : _faker.Random.Double(0.01, 30), NpgsqlDbType.Double, cancellation);
            await writer.WriteAsync(Moment(id, _products), NpgsqlDbType.TimestampTz, cancellation);
        }

        await writer.CompleteAsync(cancellation);
    }

    private async Task FillOrdersAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var random = new Randomizer(Seed + 1);
        await using var writer = await connection.BeginBinaryImportAsync("COPY orders FROM STDIN (FORMAT binary)", cancellation);
        for (var id = 1; id <= orders; id++)
        {
            await writer.StartRowAsync(cancellation);
            await writer.WriteAsync((long)id, NpgsqlDbType.Bigint, cancellation);
            await writer.WriteAsync((long)random.Int(1, _customers), NpgsqlDbType.Bigint, cancellation);
            await writer.WriteAsync(random.ArrayElement(Statuses), NpgsqlDbType.Varchar, cancellation);
            await WriteOptionalAsync(writer, random.ArrayElement(Notes), NpgsqlDbType.Text, cancellation);
            await writer.WriteAsync(Moment(id, orders), NpgsqlDbType.TimestampTz, cancellation);
        }

        await writer.CompleteAsync(cancellation);
    }

    private async Task FillOrderItemsAsync(NpgsqlConnection connection, CancellationToken cancellation)
    {
        var random = new Randomizer(Seed + 2);
        await using var writer = await connection.BeginBinaryImportAsync("COPY order_items FROM STDIN (FORMAT binary)", cancellation);
        for (var order = 1; order <= orders; order++)
        {
            var lines = random.Int(1, 4);
            for (short line = 1; line <= lines; line++)
            {
                var product = random.Int(1, _products);
                await writer.StartRowAsync(cancellation);
                await writer.WriteAsync((long)order, NpgsqlDbType.Bigint, cancellation);
                await writer.WriteAsync(line, NpgsqlDbType.Smallint, cancellation);
                await writer.WriteAsync((long)product, NpgsqlDbType.Bigint, cancellation);
                await writer.WriteAsync(random.Int(1, 9), NpgsqlDbType.Integer, cancellation);
                await writer.WriteAsync(_prices[product - 1], NpgsqlDbType.Numeric, cancellation);
                await writer.WriteAsync(Moment(order, orders), NpgsqlDbType.TimestampTz, cancellation);
            }
        }

        await writer.CompleteAsync(cancellation);
    }

    /// <summary>Row <paramref name="id"/> of <paramref name="count"/>: evenly spread over the days, so that every day has rows.</summary>
    private DateTime Moment(int id, int count) =>
        firstDay.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc).AddTicks((id - 1) * (TimeSpan.TicksPerDay * Days / count));

    private static Task WriteOptionalAsync<T>(NpgsqlBinaryImporter writer, T value, NpgsqlDbType type, CancellationToken cancellation) =>
        value is null ? writer.WriteNullAsync(cancellation) : writer.WriteAsync(value, type, cancellation);

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
