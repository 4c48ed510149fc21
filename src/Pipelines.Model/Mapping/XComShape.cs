using System.Text.Json.Nodes;

namespace Pipelines.Model.Mapping;

/// <summary>What <c>xcom_pull</c> returns when no map indexes are given (airflow-semantics.md §12).</summary>
public static class XComShape
{
    /// <summary>Of one task: nothing is null, one value is itself, several are a list.</summary>
    /// <param name="values">Those of all its task instances, in the order of their map indexes.</param>
    public static JsonNode? Of(IReadOnlyList<JsonNode?> values) => values switch
    {
        [] => null,
        [var only] => only,
        _ => new JsonArray([.. values]),
    };
}
