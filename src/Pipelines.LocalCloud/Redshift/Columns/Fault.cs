namespace Pipelines.LocalCloud.Redshift.Columns;

/// <summary>Why a row cannot be loaded, with the code of Redshift's load error reference.</summary>
/// <param name="Position">The byte in the field at which it went wrong, from 0.</param>
internal sealed record Fault(int Code, string Reason, int Position = 0)
{
    public static readonly Fault MisplacedQuote = new(1214, "Invalid quote formatting for CSV. Unescaped quote character");
    public static readonly Fault UnclosedQuote = new(1214, "Delimited value missing end quote");
    public static readonly Fault DelimiterNotFound = new(1214, "Delimiter not found");
    public static readonly Fault ExtraColumns = new(1202, "Extra column(s) found");
    public static readonly Fault NoData = new(1211, "Line contains no data");
    public static readonly Fault MissingData = new(1213, "Missing data for not-null field");
    public static readonly Fault TooLong = new(1204, "String length exceeds DDL length");
    public static readonly Fault NotBoolean = new(1210, "Unknown boolean format");
    public static readonly Fault NotJson = new(1224, "Invalid JSON format");
    public static readonly Fault NotHex = new(1219, "Invalid hexadecimal digit, Type: Varbyte");

    public static Fault InvalidDigit(byte value, int position, string type, int code = 1207) =>
        new(code, $"Invalid digit, Value '{(value is >= 32 and < 127 ? (char)value : '.')}', Pos {position}, Type: {type}", position);

    public static Fault Overflow(int code, string value, string type) => new(code, $"Overflow, Value '{value}', Type: {type}");
}
