using System.Text.Json.Nodes;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Runs;

namespace Pipelines.Engine.Scheduling;

/// <summary>Reads what branches and short circuits of a run have decided, for the planner.</summary>
internal static class RunDecisions
{
    private static readonly Dictionary<string, DownstreamDecision> None = [];

    /// <summary>By the name of the task instance that decided. Asks the database only when a task of the run that may decide has succeeded.</summary>
    public static async Task<IReadOnlyDictionary<string, DownstreamDecision>> OfAsync(Transaction tx, Dag dag, DagRun run, IReadOnlyList<TaskInstance> instances)
    {
        List<string> deciding = [.. instances
            .Where(instance => instance.State == TaskState.Success && dag.TasksById.GetValueOrDefault(instance.TaskId) is { SkipsDownstream: true })
            .Select(instance => instance.TaskId)];
        if (deciding.Count == 0) return None;
        var decisions = new Dictionary<string, DownstreamDecision>(StringComparer.Ordinal);
        foreach (var entry in await XComTable.OfRunAsync(tx, run.Id, deciding, DownstreamDecision.XComKey))
        {
            // As Airflow: what a mapped branch decides holds at once, and is not looked up again for tasks that are not mapped with it.
            if ((entry.MapIndex < 0 || dag.TasksById[entry.TaskId].MappedGroupId is not null) && DownstreamDecision.Parse(JsonNode.Parse(entry.ValueJson)) is { } decision) decisions[entry.Name] = decision;
        }

        return decisions;
    }
}
