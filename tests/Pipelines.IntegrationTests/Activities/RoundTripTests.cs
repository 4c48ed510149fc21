namespace Pipelines.IntegrationTests.Activities;

/// <summary>Every value that has ever broken a CSV pipeline arrives as it left.</summary>
public sealed class RoundTripTests
{
    private const string Columns = "id, flag, small, big, single, double, amount, digits, code, note, day, at, moment, clock, span, raw, list, doc, kind, ref";

    private DataPath _path = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _path = await DataPath.StartAsync();
        await _path.Source.ExecuteAsync(
            """"
            CREATE TYPE mood AS ENUM ('happy', 'it''s "complicated", \N');
            CREATE TABLE hard (
              id int PRIMARY KEY, flag boolean, small smallint, big bigint, single real, double double precision, amount numeric(38,10), digits numeric,
              code varchar(10), note text, day date, at timestamp, moment timestamptz, clock time, span interval, raw bytea, list text[], doc jsonb, kind mood, ref uuid);
            INSERT INTO hard (id) VALUES (0);
            INSERT INTO hard VALUES
              (1, true, -32768, -9223372036854775808, 'NaN', 'Infinity', -9999999999999999999999999999.9999999999, 'NaN', '', '', '0001-01-01', '1999-12-31 23:59:59.999999',
               '2026-03-29 01:30:00.000001+00', '23:59:59.999999', '1 year -2 mons 3 days -04:05:06.000007', '\xff', '{}', '{}', 'happy', '00000000-0000-0000-0000-000000000000'),
              (2, false, 32767, 9223372036854775807, '-Infinity', '-Infinity', 9999999999999999999999999999.9999999999, '1e-100'::numeric, '\N', '\N', '9999-12-31', '2000-02-29 00:00:00',
               '1969-12-31 23:59:59.999999+00', '00:00:00', '-1 days', '\x00', '{NULL,"NULL","",\\N}', '{"a": "\\N \" \n"}', 'it''s "complicated", \N', 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
              (3, null, 0, 0, '1.17549435e-38', '2.2250738585072014e-308', 0.0000000001, repeat('9', 60000)::numeric, '😀éß漢字😀', E'a "quoted", comma\nnew line\r\nCRLF\ttab \\ back\\n', '2026-02-28',
               '2026-01-01 00:00:00.1', '2026-01-01 00:00:00+14', '12:00:00.5', '0', decode('00ff0a0d225c2c00', 'hex'), ARRAY[E'x\ny', 'a,b', '"'], '[1, 2.50, null, "é"]', null, null),
              (4, true, 1, 1, 0.1, 0.1, 1, -0.000, 'NULL', 'null', null, null, null, null, null, null, null, null, null, null),
              (5, true, 1, 1, 3.4028235e38, 1.7976931348623157e308, -0.5, 12345678901234567890.12345678901234567890, ' pad ', E'\\.', null, null, null, null, null, null, null, null, null, null),
              (6, true, 1, 1, -0.0, -0.0, 2, 3, '"', '"""', null, null, null, null, null, null, null, null, null, null),
              (7, true, 1, 1, 1e-45, 5e-324, 2, 3, ',', E'\n', null, null, null, null, null, null, null, null, null, null)
            """");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _path.DisposeAsync();

    [Test]
    public async Task Hard_values_arrive_as_they_left([Values("gzip", "zstd", "none")] string compression)
    {
        var table = $"shop.hard_{compression}";
        var load = await _path.LoadAsync(await _path.ExtractAsync(("table", "hard"), ("compression", compression)), ("table", table));

        Assert.That(load["loaded"]!.GetValue<long>(), Is.EqualTo(8));
        await AssertSameAsync(table);
    }

    [Test]
    public async Task Hard_values_arrive_as_they_left_when_the_server_writes_s3_itself()
    {
        var extract = await _path.ExtractAsync(("table", "hard"), ("mode", "server_side"));
        await _path.LoadAsync(extract, ("table", "shop.hard_server"));

        Assert.That((extract["rows"]!.GetValue<long>(), extract["files"]!.GetValue<int>()), Is.EqualTo((8L, 1)));
        await AssertSameAsync("shop.hard_server");
    }

    [Test]
    public async Task An_empty_table_makes_no_file_when_the_server_writes_s3_itself()
    {
        await _path.Source.ExecuteAsync("CREATE TABLE nothing (id int)");

        var extract = await _path.ExtractAsync(("table", "nothing"), ("mode", "server_side"));
        var load = await _path.LoadAsync(extract, ("table", "shop.nothing"));

        Assert.That((extract["files"]!.GetValue<int>(), load["loaded"]!.GetValue<long>()), Is.EqualTo((0, 0L)));
    }

    [Test]
    public async Task Columns_get_types_that_hold_them()
    {
        await _path.LoadAsync(await _path.ExtractAsync(("table", "hard"), ("columnTypes", """{"digits": "VARCHAR(60000)"}""")), ("table", "shop.typed"));

        Assert.That(await _path.TargetRowsAsync("SELECT data_type, character_maximum_length FROM svv_columns WHERE table_name = 'typed' AND column_name IN ('code', 'note', 'digits', 'amount') ORDER BY column_name"),
            Is.EqualTo(new[] { "numeric|∅", "character varying|40", "character varying|60000", "character varying|65535" }));
    }

    [Test]
    public async Task A_single_text_column_keeps_empty_texts_and_nulls_apart()
    {
        await _path.Source.ExecuteAsync("CREATE TABLE lonely (word text); INSERT INTO lonely VALUES (''), (NULL), (''), (E'\\n'), ('x')");

        await _path.LoadAsync(await _path.ExtractAsync(("table", "lonely")), ("table", "shop.lonely"));

        Assert.That(await _path.TargetRowsAsync("SELECT word FROM shop.lonely ORDER BY word NULLS LAST"), Is.EqualTo(new[] { "", "", "\n", "x", "∅" }));
    }

    [Test]
    public async Task Empty_bytes_are_null_in_a_varbyte_and_kept_by_a_text()
    {
        await _path.Source.ExecuteAsync("CREATE TABLE blobs (id int, raw bytea, kept bytea); INSERT INTO blobs VALUES (1, '', ''), (2, NULL, NULL)");

        await _path.LoadAsync(await _path.ExtractAsync(("table", "blobs"), ("columnTypes", """{"kept": "VARCHAR(100)"}""")), ("table", "shop.blobs"));

        Assert.That(await _path.TargetRowsAsync("SELECT id, raw, kept FROM shop.blobs ORDER BY id"), Is.EqualTo(new[] { "1|∅|", "2|∅|∅" }));
    }

    [Test]
    public async Task Names_in_upper_case_and_with_quotes_are_found_and_folded()
    {
        await _path.Source.ExecuteAsync("""CREATE TABLE "Odd Table" ("Id" int, "Na""me" text); INSERT INTO "Odd Table" VALUES (1, 'x')""");

        await _path.LoadAsync(await _path.ExtractAsync(("table", "public.\"odd table\""), ("columns", """["id", "Na\"me"]""")), ("table", "Shop.Odd"));

        Assert.That(await _path.TargetRowsAsync("SELECT id, \"na\"\"me\" FROM shop.odd"), Is.EqualTo(new[] { "1|x" }));
    }

    [Test]
    public async Task Many_files_hold_every_row_once()
    {
        await _path.Source.ExecuteAsync("CREATE TABLE many AS SELECT i AS id, md5(i::text) || E'\"\\n' || md5((i + 1)::text) AS noise FROM generate_series(1, 60000) AS i");

        var extract = await _path.ExtractAsync(("table", "many"), ("fileSizeMb", "1"));
        await _path.LoadAsync(extract, ("table", "shop.many"));

        Assert.That(extract["files"]!.GetValue<int>(), Is.InRange(2, 6));
        Assert.That(await _path.TargetRowsAsync("SELECT count(*), count(DISTINCT id), sum(id) FROM shop.many"), Is.EqualTo(new[] { "60000|60000|1800030000" }));
        Assert.That(await _path.TargetRowsAsync("SELECT md5(string_agg(noise, '' ORDER BY id)) FROM shop.many"), Is.EqualTo(await _path.SourceRowsAsync("SELECT md5(string_agg(noise, '' ORDER BY id)) FROM many")));
    }

    [Test]
    public async Task An_infinite_timestamp_is_named_with_its_row()
    {
        await _path.Source.ExecuteAsync("CREATE TABLE forever (id int, until timestamp); INSERT INTO forever VALUES (1, now()), (2, 'infinity')");

        var failure = await _path.FailToLoadAsync(await _path.ExtractAsync(("table", "forever")), ("table", "shop.forever"));

        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain("Column until").And.Contain("line 2").And.Contain("'infinity'").And.Contain("NULLIF"));
    }

    private async Task AssertSameAsync(string table)
    {
        var source = await _path.SourceRowsAsync(Select("hard", "encode(raw, 'hex')"));
        var target = await _path.TargetRowsAsync(Select(table, "encode(raw, 'hex')"));
        Assert.That(target, Is.EqualTo(source));

        static string Select(string from, string raw) =>
            $"SELECT {string.Join(", ", Columns.Split(", ").Select(column => column == "raw" ? raw : $"{column}::text"))} FROM {from} ORDER BY id";
    }
}
