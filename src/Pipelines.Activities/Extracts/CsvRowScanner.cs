namespace Pipelines.Activities.Extracts;

/// <summary>
/// Counts rows in CSV as PostgreSQL writes it and finds where a row ends, across buffers. A quote only toggles "inside quotes" (an escaped
/// quote toggles twice), and outside quotes a line feed ends a row; so two vectorised searches are enough and no field is looked at.
/// </summary>
internal struct CsvRowScanner
{
    private bool _insideQuotes;

    /// <summary>Rows that ended so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Reads the next bytes.</summary>
    /// <returns>The offset just after the last row that ends in <paramref name="bytes"/>; 0 when none does.</returns>
    public int Scan(ReadOnlySpan<byte> bytes)
    {
        var rowEnd = 0;
        for (var position = 0; position < bytes.Length;)
        {
            var rest = bytes[position..];
            var quote = rest.IndexOf((byte)'"');
            var run = quote < 0 ? rest : rest[..quote];
            if (!_insideQuotes && run.Count((byte)'\n') is > 0 and var ended)
            {
                Rows += ended;
                rowEnd = position + run.LastIndexOf((byte)'\n') + 1;
            }
            if (quote < 0) break;
            _insideQuotes = !_insideQuotes;
            position += quote + 1;
        }
        return rowEnd;
    }
}
