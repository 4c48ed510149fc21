using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
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

    /// <summary>The rendered inputs, as members of <c>task</c>, for a template that comes after them; null: there are none yet.</summary>
    public RenderedInputs? Inputs { get; init; }
}

/// <summary>Looks up what lives outside the run; called only for what a template names.</summary>
/// <param name="Variable">The text of a Variable by key, or null.</param>
/// <param name="Connection">A Connection by conn_id, or null.</param>
/// <param name="XCom">
/// The XComs of this run by task id, key and map index (null: of all task instances of the task, in their order).
/// </param>
public sealed record TemplateLookups(
    Func<string, string?> Variable,
    Func<string, Connection?> Connection,
    Func<string, string, int?, IReadOnlyList<JsonNode?>> XCom)
{
    /// <summary>Finds nothing.</summary>
    public static TemplateLookups None { get; } = new(_ => null, _ => null, (_, _, _) => []);
}
