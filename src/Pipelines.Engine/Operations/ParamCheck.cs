using System.Text.Json.Nodes;
using Pipelines.Model.Dags;

namespace Pipelines.Engine.Operations;

/// <summary>Holds what a run is triggered with against the params of its DAG, before the run exists (airflow-semantics.md §20).</summary>
internal static class ParamCheck
{
    /// <exception cref="OperationException">A param is missing or does not fulfil its schema; says which, and what it must be.</exception>
    public static void Require(Dag dag, JsonObject conf)
    {
        var problems = dag.Params.Problems(conf);
        if (problems.Count == 1) throw new OperationException(RefusalKind.Invalid, problems[0]);
        if (problems.Count > 1) throw new OperationException(RefusalKind.Invalid, string.Join(" ", problems), problems);
    }
}
