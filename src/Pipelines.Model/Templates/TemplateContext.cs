using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Connections;
using Pipelines.Model.Dags;
using Pipelines.Model.Mapping;
using Pipelines.Model.Runs;

namespace Pipelines.Model.Templates;

/// <summary>What a template may see (airflow-semantics.md §22).</summary>
/// <param name="Dag">The DAG version of the run.</param>
/// <param name="Run">The run.</param>
/// <param name="Task">The task whose input is rendered.</param>
/// <param name="TryNumber">1 for the first attempt.</param>
/// <param name="Lookups">Where variables, connections and XComs come from.</param>
/// <param name="MapIndex">-1 when the task is not mapped.</param>
public sealed record TemplateContext(Dag Dag, DagRun Run, DagTask Task, int TryNumber, TemplateLookups Lookups, int MapIndex = -1)
{
    /// <summary>The inputs of a mapped task instance that are its own, by name.</summary>
    public IReadOnlyDictionary<string, MappedValue> Mapped { get; init; } = new Dictionary<string, MappedValue>();

    /// <summary>The values of a mapped task group that are those of this map index, by name; null: the task is mapped with no group.</summary>
    public IReadOnlyDictionary<string, MappedValue>? Group { get; init; }

    /// <summary>The value that a template of <c>map</c> is about; null: it is no such template.</summary>
    public MappedValue? Item { get; init; }

    /// <summary>The rendered inputs, as members of <c>task</c>, for a template that comes after them; null: there are none yet.</summary>
    public RenderedInputs? Inputs { get; init; }

    /// <summary>The values of the task's params in the run; unless set, the conf's over the defaults.</summary>
    public JsonObject Params { get => field ??= Dag.ParamsOf(Task).Values(Run.Conf); init; }

    /// <summary>The instant that a template asks for with <c>macros.datetime.now()</c> and the like; null: it must not ask.</summary>
    public DateTimeOffset? Now { get; init; }

    /// <summary>What a callback is about; null: it is no callback's template.</summary>
    public CallbackMoment? Callback { get; init; }

    /// <summary>The page of the task instance's try; null: there is none.</summary>
    public string? LogUrl { get; init; }

    /// <summary>What <c>macros.random()</c> and <c>macros.uuid.uuid4()</c> draw from.</summary>
    public Random Chance { get; init; } = Random.Shared;
}

/// <summary>Looks up what lives outside the run; called only for what a template names.</summary>
/// <param name="Variable">The text of a Variable by key, or null.</param>
/// <param name="Connection">A Connection by conn_id, or null.</param>
/// <param name="XCom">The XComs that are asked for, in the order of their map indexes.</param>
public sealed record TemplateLookups(
    Func<string, string?> Variable,
    Func<string, Connection?> Connection,
    Func<XComQuery, IReadOnlyList<JsonNode?>> XCom)
{
    /// <summary>The newest run of the DAG that succeeded and is about an earlier logical date; null: there is none.</summary>
    public Func<DagRun?> PreviousSuccess { get; init; } = () => null;

    /// <summary>The updates of assets that the run is about, lists of events by the assets' URIs (airflow-semantics.md §17).</summary>
    public Func<JsonObject> TriggeringAssetEvents { get; init; } = () => [];

    /// <summary>Updates of an asset, a list of events.</summary>
    public Func<AssetEventQuery, JsonArray> AssetEvents { get; init; } = _ => [];

    /// <summary>Finds nothing.</summary>
    public static TemplateLookups None { get; } = new(_ => null, _ => null, _ => []);
}
