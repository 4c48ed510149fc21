using System.Text;
using Pipelines.LocalCloud.Redshift.Columns;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.UnitTests.LocalCloud.Redshift;

public sealed class RowWriterTests
{
    private static readonly TargetColumn[] Columns = [new("i", "int4", -1, false, false), new("v", "varchar", 24, false, false)];
    private static readonly CopyCommand Csv = new() { Table = "t", Bucket = "b", Key = "k", IsCsv = true };

    [Test]
    public void An_empty_field_is_null_for_numbers_and_empty_for_text() => Assert.That(Write(",", Csv), Is.EqualTo("\\N\t\n"));

    [Test]
    public void Emptyasnull_makes_empty_text_null() => Assert.That(Write("1,", Csv with { EmptyAsNull = true }), Is.EqualTo("1\t\\N\n"));

    [Test]
    public void A_quoted_null_marker_is_null_too() => Assert.That(Write("1,\"\\N\"", Csv), Is.EqualTo("1\t\\N\n"));

    [Test]
    public void Another_null_marker_leaves_backslash_n_as_text() => Assert.That(Write("nil,\\N", Csv with { NullText = "nil" }), Is.EqualTo("\\N\t\\\\N\n"));

    [Test]
    public void Blanks_stay_blanks_unless_blanksasnull()
    {
        Assert.That(Write("1,  ", Csv), Is.EqualTo("1\t  \n"));
        Assert.That(Write("1,  ", Csv with { BlanksAsNull = true }), Is.EqualTo("1\t\\N\n"));
    }

    [TestCase("1", 1214)]
    [TestCase("1,a,b", 1202)]
    [TestCase("", 1211)]
    [TestCase("x,a", 1207)]
    public void A_bad_row_leaves_nothing_behind(string line, int code)
    {
        var output = new RowBuffer();
        Assert.That(Write("1,a\n" + line + "\n2,b", Csv, output, out var faults), Is.EqualTo("1\ta\n2\tb\n"));
        Assert.That(faults.Select(fault => fault.Code), Is.EqualTo(new[] { code }));
    }

    [Test]
    public void A_not_null_column_refuses_null()
    {
        var writer = new RowWriter([Columns[0] with { IsNotNull = true }, Columns[1]], Csv, new RowBuffer());
        var reader = Open(",a");
        Assert.That(writer.Write(reader), Is.EqualTo(Fault.MissingData));
        Assert.That(writer.FaultyField, Is.Zero);
    }

    [Test]
    public void Fillrecord_fills_missing_columns_with_null() => Assert.That(Write("1", Csv with { FillRecord = true }), Is.EqualTo("1\t\\N\n"));

    [Test]
    public void Delimited_lines_may_end_with_a_delimiter() => Assert.That(Write("1|a|", Csv with { IsCsv = false }), Is.EqualTo("1\ta\n"));

    private static string Write(string text, CopyCommand command) => Write(text, command, new RowBuffer(), out _);

    private static string Write(string text, CopyCommand command, RowBuffer output, out List<Fault> faults)
    {
        var writer = new RowWriter(Columns, command, output);
        var reader = Open(text, command);
        faults = [];
        do
        {
            if (writer.Write(reader) is { } fault) faults.Add(fault);
        }
        while (reader.TryRead());
        return Encoding.UTF8.GetString(output.WrittenMemory.Span);
    }

    /// <summary>A reader that stands on the first record.</summary>
    private static RecordReader Open(string text, CopyCommand? command = null)
    {
        var reader = new RecordReader(new MemoryStream(Encoding.UTF8.GetBytes(text + "\n")), (command ?? Csv).FieldDelimiter, (command ?? Csv).IsCsv ? (byte)'"' : null);
        reader.FillAsync(CancellationToken.None).AsTask().Wait();
        Assert.That(reader.TryRead(), Is.True);
        return reader;
    }
}
