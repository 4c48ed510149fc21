using System.Globalization;
using System.Text.Json.Nodes;
using Pipelines.Cli.Terminal;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Cli.Demo;

/// <summary>What the runs moved, per table, as their loads reported it: counted in the source, in the manifest and in the warehouse.</summary>
internal sealed class DemoReport
{
    private readonly List<MovedTable> _tables;

    private readonly bool _succeeded;

    private DemoReport(List<MovedTable> tables, bool succeeded) => (_tables, _succeeded) = (tables, succeeded);

    /// <summary>True when every run succeeded, every table moved rows, and its three counts agree.</summary>
    public bool Proves => _succeeded && _tables.Count > 0 && _tables.TrueForAll(table => table.Extracted > 0 && table.Extracted == table.Manifest && table.Manifest == table.Loaded);

    /// <summary>Sums the return values of every load of the runs, which have ended.</summary>
    public static async Task<DemoReport> ReadAsync(Transaction tx, IReadOnlyList<DagRun> runs)
    {
        var loads = new List<MovedTable>();
        foreach (var run in runs)
        {
            var values = (await XComTable.OfRunAsync(tx, run.Id)).Where(entry => entry.Key == IXCom.ReturnValue);
            loads.AddRange(values.Select(entry => MovedTable.Read(entry.ValueJson)).OfType<MovedTable>());
        }

        return new DemoReport([.. loads.GroupBy(load => load.Table).Select(MovedTable.Sum).OrderBy(table => table.Table, StringComparer.Ordinal)], runs.All(run => run.State == DagRunState.Success));
    }

    /// <summary>Prints one row per table and the verdict.</summary>
    public void Print(Output output)
    {
        if (output.IsJson)
        {
            output.Json(ToJson());
            return;
        }

        output.Rows(
            ["table", "extracted", "in manifest", "loaded", "seconds", "MB"],
            _tables.Select(table => (IReadOnlyList<object?>)[table.Table, table.Extracted, table.Manifest, table.Loaded, Math.Round(table.Seconds, 1), Math.Round(table.Bytes / 1e6, 2)]),
            "No table was moved.");
        output.Say(Proves
            ? string.Create(CultureInfo.InvariantCulture, $"moved {_tables.Sum(table => table.Loaded):N0} rows in {_tables.Count} tables: extracted = manifest = loaded")
            : _succeeded ? "the counts differ or a table moved no row: see the table above" : "not proved: a run failed, see the messages above");
    }

    private JsonObject ToJson() => new()
    {
        ["tables"] = new JsonArray([.. _tables.Select(table => (JsonNode)new JsonObject
        {
            ["table"] = table.Table,
            ["extracted"] = table.Extracted,
            ["manifest"] = table.Manifest,
            ["loaded"] = table.Loaded,
            ["seconds"] = Math.Round(table.Seconds, 3),
            ["bytes"] = table.Bytes,
        })]),
        ["proved"] = Proves,
    };

    /// <param name="Seconds">Of extract and load, summed over runs.</param>
    /// <param name="Bytes">In S3.</param>
    private sealed record MovedTable(string Table, long Extracted, long Manifest, long Loaded, double Seconds, long Bytes)
    {
        /// <summary>Reads a task's return value; null when it is not that of a load.</summary>
        public static MovedTable? Read(string json) =>
            JsonNode.Parse(json) is JsonObject load && load.ContainsKey("extracted") && load.ContainsKey("loaded")
                ? new((string)load["table"]!, (long)load["extracted"]!, (long)load["manifest"]!, (long)load["loaded"]!, (double)load["seconds"]!, (long)load["bytes"]!)
                : null;

        public static MovedTable Sum(IEnumerable<MovedTable> loads) => loads.Aggregate((sum, load) => sum with
        {
            Extracted = sum.Extracted + load.Extracted,
            Manifest = sum.Manifest + load.Manifest,
            Loaded = sum.Loaded + load.Loaded,
            Seconds = sum.Seconds + load.Seconds,
            Bytes = sum.Bytes + load.Bytes,
        });
    }
}
