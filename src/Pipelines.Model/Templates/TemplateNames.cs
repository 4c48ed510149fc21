using System.Text.Json.Nodes;
using Pipelines.Model.Dags;
using Pipelines.Model.Mapping;
using Pipelines.Model.Runs;

namespace Pipelines.Model.Templates;

/// <summary>The names a template starts with (airflow-semantics.md §22).</summary>
internal sealed class TemplateNames
{
    private static readonly string[] OnlyWithLogicalDate =
        ["logical_date", "ds", "ds_nodash", "ts", "ts_nodash", "ts_nodash_with_tz", "data_interval_start", "data_interval_end",
            "prev_data_interval_start_success", "prev_data_interval_end_success"];

    private const string Range = "range";

    private static readonly string[] OfEveryRun =
        ["dag", "task", "ti", "task_instance", "run_id", "dag_run", "params", "run_after", "var", "conn", "macros", Range, "task_instance_key_str", "prev_start_date_success", "prev_end_date_success",
            "triggering_asset_events", "test_mode", "inlets", "outlets", "inlet_events", "outlet_events", "exception", "reason", "group", "item", "skip", "map_index_template", "expanded_ti_count", "self", "loop", "caller", "varargs", "kwargs"];

    private static readonly Dictionary<string, string> Removed = new(StringComparer.Ordinal)
    {
        ["execution_date"] = "logical_date",
        ["yesterday_ds"] = "macros.ds_add(ds, -1)",
        ["tomorrow_ds"] = "macros.ds_add(ds, 1)",
        ["yesterday_ds_nodash"] = "macros.ds_format(macros.ds_add(ds, -1), '%Y-%m-%d', '%Y%m%d')",
        ["tomorrow_ds_nodash"] = "macros.ds_format(macros.ds_add(ds, 1), '%Y-%m-%d', '%Y%m%d')",
        ["prev_ds"] = "data_interval_start | ds",
        ["next_ds"] = "data_interval_end | ds",
        ["prev_execution_date"] = "data_interval_start",
        ["next_execution_date"] = "data_interval_end",
    };

    private readonly TemplateContext _context;
    private readonly Dictionary<string, Func<object?>> _names;
    private Lazy<DagRun?>? _previous;

    public TemplateNames(TemplateContext context)
    {
        _context = context;
        var assets = new AssetNames(context);
        _names = new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
        {
            ["dag"] = () => DagObject(context.Dag),
            ["task"] = TaskObject,
            ["ti"] = TaskInstanceObject,
            ["task_instance"] = TaskInstanceObject,
            ["run_id"] = () => context.Run.RunId,
            ["dag_run"] = RunObject,
            ["params"] = Params,
            ["run_after"] = () => TemplateDate.Of(context.Run.RunAfter),
            ["var"] = () => TemplateLookupObjects.Variables(context.Lookups),
            ["conn"] = () => TemplateLookupObjects.Connections(context.Lookups),
            ["macros"] = () => Macros.Of(() => context.Now ?? throw new TemplateFault("There is no clock here."), context.Chance),
            [Range] = () => (TemplateFunction)Macros.Range,
            ["task_instance_key_str"] = KeyText,
            ["prev_start_date_success"] = () => Date(Previous?.StartDate),
            ["prev_end_date_success"] = () => Date(Previous?.EndDate),
            ["triggering_asset_events"] = () => assets.TriggeringEvents,
            ["test_mode"] = () => false,
            ["inlets"] = () => assets.Inlets,
            ["outlets"] = () => assets.Outlets,
            ["inlet_events"] = () => assets.InletEvents,
            ["outlet_events"] = () => assets.OutletEvents,
            ["map_index_template"] = () => null,
            ["expanded_ti_count"] = () => null,
        };
        foreach (var (name, value) in context.Dag.UserDefinedMacros) _names[name] = () => TemplateJson.FromJson(value);
        foreach (var (name, value) in context.Item is { } item ? MapTemplate.Names(item) : []) _names[name] = value;
        if (context.Group is { } group) _names["group"] = () => GroupValues(group);
        if (context.Callback is { } moment) CallbackNames.Add(_names, moment);
        if (context.Run.LogicalDate is { } logical) AddDates(TemplateDate.Of(logical.ToUniversalTime()));
    }

    /// <summary>Why a DAG cannot give a value of its own this name, as the end of a sentence; null: it can.</summary>
    public static string? Fault(string name) =>
        OfEveryRun.Contains(name, StringComparer.Ordinal) || OnlyWithLogicalDate.Contains(name, StringComparer.Ordinal) ? "templates have already. Choose another."
        : name.Length > 0 && (char.IsLetter(name[0]) || name[0] == '_') && name.All(c => char.IsLetterOrDigit(c) || c == '_') ? null
        : "no template can write. Use letters, digits and '_', not a digit first.";

    /// <summary>Whether some run or moment has a name that no DAG gave.</summary>
    public static bool Exists(string name) => OfEveryRun.Contains(name, StringComparer.Ordinal) || OnlyWithLogicalDate.Contains(name, StringComparer.Ordinal);

    /// <summary>What to do about a name that does not exist, as a sentence after a blank.</summary>
    public static string Advice(string name, IEnumerable<string> others) => Removed.TryGetValue(name, out var instead) ? $" It was removed in Airflow 3: use {instead}."
        : NearestName.Of(name, OfEveryRun.Concat(OnlyWithLogicalDate).Concat(others)) is { } near ? $" Did you mean '{near}'?" : " Correct it, or give it a value in 'userDefinedMacros'.";

    /// <summary>All names that this context has.</summary>
    public IEnumerable<string> All => _names.Keys;

    public object? Find(string name)
    {
        if (_names.TryGetValue(name, out var value)) return value();
        if (OnlyWithLogicalDate.Contains(name, StringComparer.Ordinal))
            return new Undefined($"'{name}' is not defined because this run has no logical date (Airflow 3). Trigger it with a logical date, or use run_after.");
        if (Removed.TryGetValue(name, out var instead))
            return new Undefined($"'{name}' was removed in Airflow 3. Use {instead}.");
        return new Undefined($"'{name}' is not defined.{NearestName.Hint(name, _names.Keys)}");
    }

    /// <summary>A name that templates have without a run: what one sees that is imported without context.</summary>
    public object? FindGlobal(string name) => name == Range || _context.Dag.UserDefinedMacros.ContainsKey(name) ? Find(name)
        : new Undefined($"'{name}' is not defined in a template that is imported, as in Jinja. End the tag with 'with context', or pass '{name}' to the macro.");

    private void AddDates(TemplateDate logical)
    {
        _names["logical_date"] = () => logical;
        _names["ds"] = () => logical.Date;
        _names["ds_nodash"] = () => PythonClock.Format(logical, "%Y%m%d");
        _names["ts"] = () => logical.IsoFormat('T');
        _names["ts_nodash"] = () => PythonClock.Format(logical, "%Y%m%dT%H%M%S");
        _names["ts_nodash_with_tz"] = () => logical.IsoFormat('T').Replace("-", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal);
        if (_context.Run.Interval is not { } interval) return;
        _names["data_interval_start"] = () => TemplateDate.Of(interval.Start.ToUniversalTime());
        _names["prev_data_interval_start_success"] = () => Date(Previous?.Interval?.Start);
        _names["prev_data_interval_end_success"] = () => Date(Previous?.Interval?.End);
        _names["data_interval_end"] = () => TemplateDate.Of(interval.End.ToUniversalTime());
    }

    // Looked up once, and only when a template names it.
    private DagRun? Previous => (_previous ??= new(_context.Lookups.PreviousSuccess)).Value;

    // Templates in what the file says are rendered, without the group's own values.
    private object? GroupValues(IReadOnlyDictionary<string, MappedValue> group)
    {
        var without = _context with { Group = null };
        var templates = new InputTemplates(null, ExpressionSyntax.Jinja, without);
        return TemplateJson.FromJson(new JsonObject(group.Select(value => KeyValuePair.Create(
            value.Key, value.Value.IsLiteral ? NestedTemplate.Render(value.Value.Value, templates, without) : value.Value.Value?.DeepClone()))));
    }

    private object? Params() => TemplateJson.FromJson(_context.Params);

    private string KeyText()
    {
        var date = _context.Run.LogicalDate is { } logical ? PythonClock.Format(TemplateDate.Of(logical.ToUniversalTime()), "%Y%m%d") : _context.Run.RunId;
        return $"{_context.Dag.DagId}__{_context.Task.TaskId}__{date}";
    }

    private static TemplateObject DagObject(Dag dag) => TemplateObject.Of("dag", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
    {
        ["dag_id"] = () => dag.DagId,
        ["description"] = () => dag.Description,
        ["owner"] = () => dag.Owner,
        ["tags"] = () => new TemplateList([.. dag.Tags]),
        ["start_date"] = () => Date(dag.StartDate),
        ["end_date"] = () => Date(dag.EndDate),
        ["task_ids"] = () => new TemplateList([.. dag.Tasks.Select(task => task.TaskId)]),
    }, $"<DAG: {dag.DagId}>");

    private TemplateObject TaskObject() => TemplateObject.Of("task", new Dictionary<string, Func<object?>>(InputsOfTask(), StringComparer.Ordinal)
    {
        ["task_id"] = () => _context.Task.TaskId,
        ["dag_id"] = () => _context.Dag.DagId,
        ["task_type"] = () => _context.Task.ActivityType,
        ["owner"] = () => _context.Dag.Owner,
        ["retries"] = () => (long)_context.Task.Retries,
        ["pool"] = () => _context.Task.Pool,
        ["queue"] = () => _context.Task.Queue,
        ["upstream_task_ids"] = () => new TemplateList([.. _context.Task.Upstream]),
        ["downstream_task_ids"] = () => new TemplateList([.. _context.Task.Downstream]),
    }, $"<Task({_context.Task.ActivityType}): {_context.Task.TaskId}>");

    // What the task has by itself wins over an input of the same name.
    private Dictionary<string, Func<object?>> InputsOfTask() => _context.Callback?.Question is { } question ? CallbackNames.OfTask(question) : _context.Inputs is not { } inputs ? []
        : inputs.Values.ToDictionary(input => input.Key, Func<object?> (input) => () => inputs.OfJson.Contains(input.Key) ? TemplateJson.OfText(input.Value) : input.Value, StringComparer.Ordinal);

    private TemplateObject TaskInstanceObject() => TemplateObject.Of("ti", new Dictionary<string, Func<object?>>(CallbackNames.OfTaskInstance(_context.Callback), StringComparer.Ordinal)
    {
        ["task_id"] = () => _context.Task.TaskId,
        ["dag_id"] = () => _context.Dag.DagId,
        ["run_id"] = () => _context.Run.RunId,
        ["try_number"] = () => (long)_context.TryNumber,
        ["map_index"] = () => (long)_context.MapIndex,
        ["log_url"] = () => _context.LogUrl,
        // As in Airflow 3: there one marks it.
        ["mark_success_url"] = () => _context.LogUrl,
        ["xcom_pull"] = () => (TemplateFunction)(call => XComPull.Of(call, _context)),
    }, $"<TaskInstance: {_context.Dag.DagId}.{_context.Task.TaskId} {_context.Run.RunId}{(_context.Callback?.State is { } state ? $" [{StateNames.ToName(state)}]" : "")}>");

    private TemplateObject RunObject()
    {
        var run = _context.Run;
        return TemplateObject.Of("dag_run", new Dictionary<string, Func<object?>>(StringComparer.Ordinal)
        {
            ["run_id"] = () => run.RunId,
            ["dag_id"] = () => run.DagId,
            ["run_type"] = () => StateNames.ToName(run.RunType),
            ["state"] = () => StateNames.ToName(run.State),
            ["conf"] = () => TemplateJson.FromJson(run.Conf),
            ["logical_date"] = () => Date(run.LogicalDate),
            ["run_after"] = () => Date(run.RunAfter),
            ["queued_at"] = () => Date(run.QueuedAt),
            ["start_date"] = () => Date(run.StartDate),
            ["end_date"] = () => Date(run.EndDate),
            ["data_interval_start"] = () => Date(run.Interval?.Start),
            ["data_interval_end"] = () => Date(run.Interval?.End),
        }, $"<DagRun {run.DagId} @ {run.RunId}>");
    }

    private static TemplateDate? Date(DateTimeOffset? instant) => instant is { } known ? TemplateDate.Of(known.ToUniversalTime()) : null;
}
