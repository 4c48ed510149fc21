using System.Text;
using CsCheck;
using Pipelines.Activities.Extracts;

namespace Pipelines.UnitTests.Activities;

public class CsvRowScannerTests
{
    /// <summary>Fields of the characters that matter, written as PostgreSQL writes them.</summary>
    private static readonly Gen<string> Field = Gen.String[Gen.Char["aé\"\n\r,"], 0, 6]
        .Select(text => text.AsSpan().ContainsAny("\"\n\r,") ? $"\"{text.Replace("\"", "\"\"")}\"" : text);

    private static readonly Gen<string[]> Rows = Field.Array[1, 4].Select(fields => string.Join(',', fields) + "\n").Array[0, 6];

    [Test]
    public void Rows_are_counted_and_ends_found_wherever_a_buffer_is_cut() => Rows.Sample(rows =>
    {
        var csv = Encoding.UTF8.GetBytes(string.Concat(rows));
        var ends = rows.Aggregate(new List<int> { 0 }, (list, row) => [.. list, list[^1] + Encoding.UTF8.GetByteCount(row)]);
        for (var cut = 0; cut <= csv.Length; cut++)
        {
            var scanner = new CsvRowScanner();
            var first = scanner.Scan(csv.AsSpan(0, cut));
            var rowsInFirst = scanner.Rows;
            var second = scanner.Scan(csv.AsSpan(cut));

            Assert.That(first, Is.EqualTo(ends.Last(end => end <= cut)));
            Assert.That(rowsInFirst, Is.EqualTo(ends.Count(end => end > 0 && end <= cut)));
            Assert.That(second, Is.EqualTo(ends[^1] > cut ? csv.Length - cut : 0));
            Assert.That(scanner.Rows, Is.EqualTo(rows.Length));
        }
    }, iter: 300);

    [Test]
    public void A_stream_cut_inside_quotes_ends_at_the_row_before_them()
    {
        var scanner = new CsvRowScanner();

        Assert.That(scanner.Scan("1,a\n2,\"b\n"u8), Is.EqualTo(4));
        Assert.That(scanner.Rows, Is.EqualTo(1));
    }
}
