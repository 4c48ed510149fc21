using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace Pipelines.Cli.Terminal;

/// <summary>How results are printed: for people or for programs.</summary>
internal enum OutputFormat
{
    /// <summary>A text table.</summary>
    Table,

    /// <summary>JSON on standard output and nothing else there.</summary>
    Json,
}

/// <summary>Prints what a verb found. Results go to standard output; in JSON mode remarks go to standard error.</summary>
internal sealed class Output(OutputFormat format)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Other rows' wider cells, headers and borders, beyond the widest row.
    private const int WidestRest = 1_000;

    /// <summary>True: only JSON may reach standard output.</summary>
    public bool IsJson => format == OutputFormat.Json;

    /// <summary>A remark for people.</summary>
    public void Say(string line) => (IsJson ? Console.Error : Console.Out).WriteLine(line);

    /// <summary>A JSON result; nothing in table mode.</summary>
    public void Json(JsonNode value)
    {
        if (IsJson) Console.Out.WriteLine(value.ToJsonString(Indented));
    }

    /// <summary>Rows as a table, or as an array of objects keyed by the column names.</summary>
    public void Rows(IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<object?>> rows, string empty)
    {
        var all = rows.ToList();
        if (IsJson) Json(new JsonArray([.. all.Select(row => (JsonNode)ToObject(columns, row))]));
        else if (all.Count == 0) Console.Out.WriteLine(empty);
        else Print(columns, all);
    }

    private static JsonObject ToObject(IReadOnlyList<string> columns, IReadOnlyList<object?> row)
    {
        var result = new JsonObject();
        for (var i = 0; i < columns.Count; i++) result[columns[i]] = JsonSerializer.SerializeToNode(row[i]);
        return result;
    }

    private static void Print(IReadOnlyList<string> columns, List<IReadOnlyList<object?>> rows)
    {
        var table = new Table().Border(Console.IsOutputRedirected ? TableBorder.Ascii2 : TableBorder.Rounded);
        for (var i = 0; i < columns.Count; i++)
        {
            var numeric = rows.TrueForAll(row => row[i] is null or int or long or double or decimal);
            table.AddColumn(new TableColumn(Markup.Escape(columns[i])) { Alignment = numeric ? Justify.Right : Justify.Left, NoWrap = i < columns.Count - 1 });
        }

        foreach (var row in rows) table.AddRow([.. row.Select(cell => new Text(Show(cell)))]);
        Wide(rows.Max(row => row.Sum(cell => Show(cell).Length)) + WidestRest).Write(table);
    }

    /// <summary>A console that never wraps a table into a pipe's imagined 80 columns, nor squeezes all columns for one long message.</summary>
    private static IAnsiConsole Wide(int width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Out) });
        if (Console.IsOutputRedirected) console.Profile.Width = width;
        return console;
    }

    private static string Show(object? cell) => cell switch
    {
        null => "",
        DateTimeOffset moment => moment.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(number is long or int ? "N0" : null, System.Globalization.CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
}
