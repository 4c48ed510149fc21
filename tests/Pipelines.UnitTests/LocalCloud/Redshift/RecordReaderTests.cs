using System.Text;
using CsCheck;
using Pipelines.LocalCloud.Redshift.Columns;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.UnitTests.LocalCloud.Redshift;

public sealed class RecordReaderTests
{
    private static readonly Gen<string> Value = Gen.OneOf(
        Gen.String[Gen.Char["a,\"\n\r\\é |"], 0, 8],
        Gen.Const(""), Gen.Const("\\N"), Gen.Const("😀\u0000x"));

    [Test]
    public void Any_rows_written_as_csv_are_read_back_however_the_input_arrives()
    {
        var rows = Gen.Int[1, 4].SelectMany(width => Value.Array[width].Array[1, 6]);
        Gen.Select(rows, Gen.Int[1, 7].Array[1, 4], Gen.Bool, Gen.Bool).Sample((table, pieces, endsWithNewline, windowsLines) =>
        {
            string newline = windowsLines ? "\r\n" : "\n";
            string text = string.Join(newline, table.Select(row => string.Join(',', row.Select(Quote)))) + (endsWithNewline ? newline : "");
            var read = ReadAll(Encoding.UTF8.GetBytes(text), pieces);
            Assert.That(read.Select(record => record.Fields), Is.EqualTo(table));
            Assert.That(read.Select(record => record.Fault), Is.All.Null);
        });
    }

    [Test]
    public void The_line_number_counts_lines_inside_quotes() =>
        Assert.That(Read("1,\"a\nb\nc\"\n2,x\n3,y").Select(record => record.Line), Is.EqualTo(new[] { 1, 4, 5 }));

    [Test]
    public void The_raw_record_keeps_its_quotes_and_loses_its_line_end() =>
        Assert.That(Read("1,\"a \"\"b\"\"\"\r\n2,x").Select(record => record.Raw), Is.EqualTo(new[] { "1,\"a \"\"b\"\"\"", "2,x" }));

    [TestCase("a\"b,c\nd,e")]
    [TestCase("\"a\"b,c\nd,e")]
    [TestCase("\"a\" ,c\nd,e")]
    public void A_quote_in_the_wrong_place_spoils_its_line_only(string text)
    {
        var read = Read(text);
        Assert.That(read.Select(record => record.Fault), Is.EqualTo(new[] { Fault.MisplacedQuote, null }));
        Assert.That(read[1].Fields, Is.EqualTo(new[] { "d", "e" }));
    }

    [Test]
    public void A_quote_that_never_closes_is_a_fault() =>
        Assert.That(Read("1,\"abc\n2,x\n").Single().Fault, Is.EqualTo(Fault.UnclosedQuote));

    [Test]
    public void A_field_larger_than_the_buffer_is_read_whole()
    {
        string large = new('x', 100_000);
        Assert.That(Read($"1,\"{large}\"\n2,{large}").Select(record => record.Fields[1]), Is.All.EqualTo(large));
    }

    [Test]
    public void Without_a_quote_character_quotes_are_text() =>
        Assert.That(ReadAll("\"a\"|b\"\n"u8.ToArray(), [100], (byte)'|', null).Single().Fields, Is.EqualTo(new[] { "\"a\"", "b\"" }));

    [Test]
    public void An_empty_file_has_no_record() => Assert.That(Read(""), Is.Empty);

    private sealed record Record(string[] Fields, Fault? Fault, long Line, string Raw);

    private static List<Record> Read(string text) => ReadAll(Encoding.UTF8.GetBytes(text), [3, 1, 64]);

    private static List<Record> ReadAll(byte[] content, int[] pieces, byte delimiter = (byte)',', byte? quote = (byte)'"')
    {
        var reader = new RecordReader(new Trickle(content, pieces), delimiter, quote, bufferSize: 16);
        var records = new List<Record>();
        do
        {
            while (reader.TryRead())
            {
                var fields = Enumerable.Range(0, reader.FieldCount).Select(i => Encoding.UTF8.GetString(reader.Field(i))).ToArray();
                records.Add(new Record(fields, reader.Fault, reader.LineNumber, Encoding.UTF8.GetString(reader.RawRecord)));
            }
        }
        while (reader.FillAsync(CancellationToken.None).AsTask().Result);
        return records;
    }

    /// <summary>Quoted where it must be and sometimes where it need not be; an empty value always, or a row of one would be a blank line.</summary>
    private static string Quote(string value) => value.Length is 1 or 3 && !value.AsSpan().ContainsAny(",\"\r\n") ? value : $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
