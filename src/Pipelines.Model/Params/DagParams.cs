using System.Text.Json.Nodes;

namespace Pipelines.Model.Params;

/// <summary>The params of a DAG or a task in the order in which its file has them (airflow-semantics.md §20).</summary>
/// <param name="items">No two of one name.</param>
public sealed class DagParams(IReadOnlyList<Param> items)
{
    /// <summary>None.</summary>
    public static DagParams Empty { get; } = new([]);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Param> Items { get; } = items;

    /// <summary>Params of which nothing is known but their defaults.</summary>
    public static DagParams Of(JsonObject defaults) =>
        new([.. defaults.Select(item => new Param(item.Key) { HasDefault = true, Default = item.Value?.DeepClone() })]);

    /// <summary>These with others over them: of one name, the other's default and schema count, as a task's do over its DAG's.</summary>
    public DagParams With(DagParams others) => others.Items.Count == 0 ? this
        : new([.. Items.Select(item => others.Find(item.Name) ?? item), .. others.Items.Where(item => Find(item.Name) is null)]);

    /// <summary>
    /// The values in a run: its conf over the defaults. As in Airflow, the conf adds whatever it names; what has no default and is not in it is
    /// missing.
    /// </summary>
    public JsonObject Values(JsonObject conf)
    {
        var values = new JsonObject();
        foreach (var item in Items.Where(item => item.HasDefault)) values[item.Name] = item.Default?.DeepClone();
        foreach (var (name, value) in conf) values[name] = value?.DeepClone();
        return values;
    }

    /// <summary>What stands against a run with this conf, one sentence per param; empty: nothing. What the conf adds of its own is not looked at.</summary>
    public IReadOnlyList<string> Problems(JsonObject conf) => [.. Items.Select(item => Problem(item, conf)).OfType<string>()];

    /// <summary>By name, as DAG files and Airflow's REST API have them.</summary>
    public JsonObject ToJson() => new(Items.Select(item => KeyValuePair.Create(item.Name, item.ToJson())));

    /// <summary>Those that <see cref="ToJson"/> wrote.</summary>
    public static DagParams Stored(string json) => new ParamReader(_ => { }, _ => { }).Read(json);

    private static string? Problem(Param item, JsonObject conf)
    {
        if (conf.TryGetPropertyValue(item.Name, out var given)) return ParamSchema.Problem(item, given);
        return item.HasDefault ? ParamSchema.Problem(item, item.Default) : $"Param '{item.Name}' has no default, so the run needs a value for it.";
    }

    private Param? Find(string name) => Items.FirstOrDefault(item => item.Name == name);
}
