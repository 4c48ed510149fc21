namespace Pipelines.LocalCloud.Redshift.Wire;

/// <summary>An error or notice as a client sees it.</summary>
/// <param name="Code">Five-character SQLSTATE.</param>
internal sealed record SqlError(string Code, string Message, string? Detail = null, string? Hint = null)
{
    public static SqlError Internal(string message, string? detail = null) => new("XX000", message, detail);

    public static SqlError Syntax(string message) => new("42601", message);

    public static SqlError Unsupported(string message, string? hint = null) => new("0A000", message, Hint: hint);

    public void WriteTo(WireWriter writer, char type = 'E', string severity = "ERROR")
    {
        writer.Begin(type);
        WriteField(writer, 'S', severity);
        WriteField(writer, 'V', severity);
        WriteField(writer, 'C', Code);
        WriteField(writer, 'M', Message);
        if (Detail is not null) WriteField(writer, 'D', Detail);
        if (Hint is not null) WriteField(writer, 'H', Hint);
        writer.Append(0);
        writer.End();
    }

    private static void WriteField(WireWriter writer, char field, string value)
    {
        writer.Append((byte)field);
        writer.AppendText(value);
    }
}

/// <summary>Ends the statement at hand with an error for the client; the session goes on.</summary>
internal sealed class SqlErrorException(SqlError error) : Exception(error.Message)
{
    public SqlError Error { get; } = error;
}
