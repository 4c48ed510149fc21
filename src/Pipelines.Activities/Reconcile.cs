using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Pipelines.Activities.Extracts;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Counts source and target again after the loads and runs further checks; fails naming every difference.</summary>
public sealed class Reconcile : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new(
        "Reconcile", "Reconcile", "AWS",
        "Recounts in source and target what the loads moved, runs further checks, and fails naming every difference.",
        [
            new("loads", InputType.StringList, "Loads", "Task ids of CopyToRedshift tasks; empty: all of them anywhere upstream."),
            new("checks", InputType.Json, "Checks", "A JSON array of {\"name\", \"sql\" (in the target), \"expect\" (SQL in the source) or \"value\"}; the first values must be equal.") { UiHint = "json-editor", Check = inputs => Checks(inputs) },
            new("connectionId", InputType.String, "Target", "The connection in which the sql of the checks runs.") { Default = "redshift_default", OptionsFrom = OptionSource.Connections("redshift", "postgres") },
            new("sourceConnectionId", InputType.String, "Source", "The connection in which expect of the checks runs.") { Default = "postgres_default", OptionsFrom = OptionSource.Connections("postgres", "redshift") },
        ],
        [
            new("tables", "Per load: table, source, target."),
            new("checks", "Per check: name, expected, actual."),
            new("rows", "Rows counted in the source over all loads."),
        ],
        [ActivityDescriptor.Done]);

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var reconciliation = new Reconciliation(context);
        var checks = Checks(context.Inputs);
        var loads = await LoadsAsync(context, cancellation);
        if (loads.Count == 0 && checks.Count == 0)
            throw new TaskFailure("There is nothing to reconcile: no task upstream returned a load. Connect CopyToRedshift tasks upstream, name them in input 'loads', or set input 'checks'.", retryable: false);

        List<ReconciledLine> tables = [], values = [];
        foreach (var load in loads) tables.Add(await reconciliation.CountAsync(load, cancellation));
        foreach (var check in checks) values.Add(await CompareAsync(context, reconciliation, check, cancellation));
        foreach (var line in Table([.. tables, .. values])) context.Log(line.Equal ? LogLevel.Info : LogLevel.Error, line.Text);
        if (tables.Concat(values).Where(line => !line.Equal).ToList() is { Count: > 0 } different)
            throw new TaskFailure(
                $"{different.Count} of {tables.Count + values.Count} comparisons differ: " +
                $"{string.Join("; ", different.Select(line => $"{line.Name}: source {line.Source ?? "NULL"}, target {line.Target ?? "NULL"}"))}. " +
                Advice(tables));
        return new Outcome.Succeeded(new JsonObject
        {
            ["tables"] = new JsonArray([.. tables.Select(line => new JsonObject { ["table"] = line.Name, ["source"] = Number(line.Source), ["target"] = Number(line.Target) })]),
            ["checks"] = new JsonArray([.. values.Select(line => new JsonObject { ["name"] = line.Name, ["expected"] = line.Source, ["actual"] = line.Target })]),
            ["rows"] = tables.Sum(line => Number(line.Source) ?? 0),
        });
    }

    private static string Advice(IReadOnlyList<ReconciledLine> tables) => tables.Any(line => Number(line.Target) > Number(line.Source))
        ? "A target with more rows than its source was loaded more than once, as a clear in mode append does, or by somebody else: delete the rows that are there twice, and load with mode replace_interval, which may be done again."
        : "Rows that reached the source after the extract count as a difference too: clear the extract and its load to move them (in mode append that adds them once more: use replace_interval).";

    private static async Task<List<JsonObject>> LoadsAsync(ITaskContext context, CancellationToken cancellation)
    {
        var named = context.Inputs.StringList("loads");
        List<JsonObject> loads = [];
        foreach (var task in named.Count > 0 ? named : context.Run.AncestorTaskIds)
        {
            if (await context.XCom.PullAsync(task, IXCom.ReturnValue, cancellation) is JsonObject value && value.ContainsKey("manifest_url") && value.ContainsKey("loaded")) loads.Add(value);
            else if (named.Count > 0) throw new TaskFailure($"Input 'loads': task '{task}' returned no load in this run. Name CopyToRedshift tasks that ran before.", retryable: false);
        }
        return loads;
    }

    private static async Task<ReconciledLine> CompareAsync(ITaskContext context, Reconciliation reconciliation, Check check, CancellationToken cancellation)
    {
        var actual = await reconciliation.ValueAsync(context.Inputs.Optional("connectionId") ?? "redshift_default", check.Sql, cancellation);
        var expected = check.Expect is null
            ? check.Value
            : await reconciliation.ValueAsync(context.Inputs.Optional("sourceConnectionId") ?? "postgres_default", check.Expect, cancellation);
        return new ReconciledLine(check.Name, expected, actual, Same(expected, actual));
    }

    // 10 and 10.00 are the same amount, whatever the scale of the column on either side.
    private static bool Same(string? left, string? right) =>
        left == right || decimal.TryParse(left, NumberStyles.Float, CultureInfo.InvariantCulture, out var a)
            && decimal.TryParse(right, NumberStyles.Float, CultureInfo.InvariantCulture, out var b) && a == b;

    private static long? Number(string? text) => text is null ? null : long.Parse(text, CultureInfo.InvariantCulture);

    private static IEnumerable<(string Text, bool Equal)> Table(IReadOnlyList<ReconciledLine> lines)
    {
        var width = Math.Max(10, lines.Max(line => line.Name.Length));
        yield return (string.Create(CultureInfo.InvariantCulture, $"{"".PadRight(width)}  {"source",16}  {"target",16}"), true);
        foreach (var line in lines)
        {
            var text = new StringBuilder(line.Name.PadRight(width));
            text.Append(CultureInfo.InvariantCulture, $"  {line.Source ?? "NULL",16}  {line.Target ?? "(not recounted)",16}{(line.Equal ? "" : "  differs")}");
            yield return (text.ToString(), line.Equal);
        }
    }

    private static List<Check> Checks(RenderedInputs inputs) => inputs.Json<List<Check>>(
        "checks", [], json => [.. json!.AsArray().Select(item => Check.Read(item!.AsObject()))],
        "a JSON array of objects, each with name, sql and exactly one of expect (SQL in the source) and value");

    private sealed record Check(string Name, string Sql, string? Expect, string? Value)
    {
        public static Check Read(JsonObject item)
        {
            var (expect, value) = (item["expect"]?.GetValue<string>(), item["value"]);
            if (expect is null == value is null) throw new InvalidOperationException("exactly one of expect and value");
            return new Check(item["name"]!.GetValue<string>(), item["sql"]!.GetValue<string>(), expect, value?.ToString());
        }
    }
}
