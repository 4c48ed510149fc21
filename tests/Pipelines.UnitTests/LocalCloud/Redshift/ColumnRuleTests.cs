using System.Text;
using Pipelines.LocalCloud.Redshift.Columns;
using Pipelines.LocalCloud.Redshift.Load;

namespace Pipelines.UnitTests.LocalCloud.Redshift;

public sealed class ColumnRuleTests
{
    private static readonly CopyCommand Plain = new() { Table = "t", Bucket = "b", Key = "k" };

    [TestCase("abcd", null)]
    [TestCase("😀", null)]
    [TestCase("é123", 1204)]
    [TestCase("😀a", 1204)]
    [TestCase("a\0b", 1220)]
    public void Varchar_counts_bytes(string text, int? code) =>
        Assert.That(Write("varchar", text, 4 + 4).Fault?.Code, Is.EqualTo(code));

    [Test]
    public void Invalid_utf8_is_a_fault_that_shows_the_bytes()
    {
        var fault = Write("varchar", [(byte)'a', 0xA4, (byte)'b'], 14).Fault!;
        Assert.That((fault.Code, fault.Position), Is.EqualTo((1220, 1)));
        Assert.That(fault.Reason, Does.EndWith("Bad UTF8 hex sequence: a4 (error 3)"));
    }

    [Test]
    public void Acceptinvchars_replaces_byte_by_byte() =>
        Assert.That(Write("varchar", [(byte)'a', 0xE0, 0xA1, (byte)'b', 0xA4], 14, Plain with { ReplaceInvalidChars = (byte)'?' }).Text, Is.EqualTo("a??b?"));

    [Test]
    public void Truncatecolumns_never_splits_a_character() =>
        Assert.That(Write("varchar", "ab😀", 4 + 5, Plain with { TruncateColumns = true }).Text, Is.EqualTo("ab"));

    [Test]
    public void Char_takes_single_byte_characters_only() =>
        Assert.That(Write("bpchar", "é", 4 + 4).Fault!.Reason, Is.EqualTo("Multibyte character not supported for CHAR (Hint: Try using VARCHAR). Invalid char: c3 a9"));

    [TestCase("-32768", "int2", null)]
    [TestCase("32768", "int2", 1222)]
    [TestCase("9223372036854775808", "int8", 1222)]
    [TestCase("1.5", "int4", 1207)]
    [TestCase("-", "int4", 1207)]
    [TestCase("1e3", "int4", 1207)]
    public void Integers_are_digits_in_range(string text, string type, int? code) =>
        Assert.That(Write(type, text).Fault?.Code, Is.EqualTo(code));

    [TestCase("123.456", "123.45")]
    [TestCase("-0.999", "-0.99")]
    [TestCase("00123.4", "00123.4")]
    [TestCase("1234", null)]
    [TestCase("NaN", null)]
    [TestCase("1e2", null)]
    [TestCase(".", null)]
    public void Decimals_are_cut_to_their_scale_and_never_overflow(string text, string? written) =>
        Assert.That(Write("numeric", text, Numeric(5, 2)).Text, Is.EqualTo(written));

    [TestCase("12.9", "12")]
    [TestCase(".5", "0")]
    [TestCase("-.5", "-0")]
    public void Decimals_without_scale_lose_their_fraction(string text, string written) =>
        Assert.That(Write("numeric", text, Numeric(18, 0)).Text, Is.EqualTo(written));

    [Test]
    public void Decimals_hold_38_digits()
    {
        Assert.That(Write("numeric", new string('9', 38), Numeric(38, 0)).Fault, Is.Null);
        Assert.That(Write("numeric", new string('9', 39), Numeric(38, 0)).Fault!.Code, Is.EqualTo(1204));
    }

    [TestCase("NaN", null)]
    [TestCase("-Infinity", null)]
    [TestCase("1e400", 1208)]
    [TestCase("1.5e-3", null)]
    [TestCase("abc", 1208)]
    [TestCase("1,5", 1208)]
    public void Doubles_take_nan_and_the_infinities(string text, int? code) =>
        Assert.That(Write("float8", text).Fault?.Code, Is.EqualTo(code));

    [TestCase("2024-02-29", null, null)]
    [TestCase("2023-02-29", null, 1205)]
    [TestCase("01/02/2024", null, 1205)]
    [TestCase("2024-01-01 00:00:00", null, 1205)]
    [TestCase("infinity", null, 1205)]
    [TestCase("01/02/2024", "auto", null)]
    [TestCase("31.12.2024", "DD.MM.YYYY", null)]
    [TestCase("31.13.2024", "DD.MM.YYYY", 1205)]
    public void Dates_are_iso_unless_a_format_says_otherwise(string text, string? format, int? code) =>
        Assert.That(Write("date", text, -1, Plain with { DateFormat = format }).Fault?.Code, Is.EqualTo(code));

    [TestCase("2024-01-01 10:11:12.123456", null, null)]
    [TestCase("2024-01-01T10:11:12", null, 1206)]
    [TestCase("2024-01-01T10:11:12Z", "auto", null)]
    [TestCase("2024-01-01 10:11:12+02", null, 1206)]
    [TestCase("2024-01-01 25:00:00", null, 1206)]
    [TestCase("infinity", null, 1206)]
    [TestCase("1700000000", "epochsecs", null)]
    public void Timestamps_are_iso_with_a_blank_unless_auto(string text, string? format, int? code) =>
        Assert.That(Write("timestamp", text, -1, Plain with { TimeFormat = format }).Fault?.Code, Is.EqualTo(code));

    [TestCase("1700000000123", "epochmillisecs", "2023-11-14 22:13:20.123000")]
    [TestCase("12/31/2024 11:05:06 PM", "MM/DD/YYYY HH12:MI:SS AM", "2024-12-31 23:05:06.000000")]
    public void Formatted_moments_become_iso(string text, string format, string written) =>
        Assert.That(Write("timestamp", text, -1, Plain with { TimeFormat = format }).Text, Is.EqualTo(written));

    [Test]
    public void Timestamptz_takes_an_offset() =>
        Assert.That(Write("timestamptz", "2024-01-01 10:11:12.5+05:30").Text, Is.EqualTo("2024-01-01 10:11:12.5+05:30"));

    [TestCase("YES", "t")]
    [TestCase("0", "f")]
    [TestCase("on", null)]
    public void Booleans_have_five_forms_each(string text, string? written) => Assert.That(Write("bool", text).Text, Is.EqualTo(written));

    [TestCase("00ffAB", "\\\\x00ffAB")]
    [TestCase("0", null)]
    [TestCase("zz", null)]
    public void Varbyte_is_hexadecimal(string text, string? written) => Assert.That(Write("bytea", text).Text, Is.EqualTo(written));

    [TestCase("{\"a\":1}", null)]
    [TestCase("{a}", 1224)]
    [TestCase("1 2", 1224)]
    public void Super_is_json(string text, int? code) => Assert.That(Write("jsonb", text).Fault?.Code, Is.EqualTo(code));

    [Test]
    public void Text_is_escaped_for_the_backend() => Assert.That(Write("varchar", "a\tb\\N\nc\r", 104).Text, Is.EqualTo("a\\tb\\\\N\\nc\\r"));

    private static int Numeric(int precision, int scale) => ((precision << 16) | scale) + 4;

    private static (Fault? Fault, string? Text) Write(string type, string text, int modifier = -1, CopyCommand? command = null) =>
        Write(type, Encoding.UTF8.GetBytes(text), modifier, command);

    private static (Fault? Fault, string? Text) Write(string type, byte[] value, int modifier, CopyCommand? command = null)
    {
        var output = new RowBuffer();
        var fault = ColumnRule.For(new TargetColumn("c", type, modifier, false, false), command ?? Plain).Write(value, output);
        return (fault, fault is null ? Encoding.UTF8.GetString(output.WrittenMemory.Span) : null);
    }
}
