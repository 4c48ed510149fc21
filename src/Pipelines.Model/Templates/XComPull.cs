using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Model.Templates;

/// <summary>What <c>ti.xcom_pull</c> returns (airflow-semantics.md §12).</summary>
/// <param name="pull">See <see cref="TemplateLookups.XCom"/>.</param>
/// <param name="query">Under what it was pushed, in which DAG and run.</param>
/// <param name="fallback">For a map index that is asked for by name and pushed nothing.</param>
internal sealed class XComPull(Func<XComQuery, IReadOnlyList<JsonNode?>> pull, XComQuery query, object? fallback)
{
    /// <summary>Of a call in a template. The arguments are in Airflow's order.</summary>
    public static object? Of(Arguments call, TemplateContext context)
    {
        call.Expect("task_ids", "dag_id", "key", "include_prior_dates", "map_indexes", "default", "run_id");
        var query = new XComQuery(context.Task.TaskId, call.Text("key", IXCom.ReturnValue))
        {
            DagId = call.TextOrNone("dag_id"),
            RunId = call.TextOrNone("run_id"),
            IncludesPriorDates = call.Flag("include_prior_dates", false),
        };
        return new XComPull(context.Lookups.XCom, query, call.Get("default", null)).Of(call.Get("task_ids", null) ?? query.TaskId, call.Has("map_indexes"), call.Get("map_indexes", null));
    }

    /// <summary>One value when one task and one map index are asked for, or when no map indexes are given and one task has pushed one value; else a list.</summary>
    /// <param name="taskIds">A text or a list of texts.</param>
    /// <param name="isIndexed">Whether map indexes are given.</param>
    /// <param name="mapIndexes">An integer, None for all, or a list of these.</param>
    public object? Of(object taskIds, bool isIndexed, object? mapIndexes)
    {
        var tasks = taskIds is TemplateList many ? many.Items.Select(Text).ToList() : [Text(taskIds)];
        var values = isIndexed ? At(tasks, mapIndexes) : tasks.SelectMany(All).ToList();
        var isSingle = taskIds is not TemplateList && (isIndexed ? mapIndexes is not TemplateList : values.Count == 1);
        return isSingle ? values[0] : new TemplateList(values);
    }

    private List<object?> At(List<string> tasks, object? mapIndexes)
    {
        var indexes = mapIndexes is TemplateList list ? list.Items : [mapIndexes];
        return [.. tasks.SelectMany(task => indexes.SelectMany(index => index is null ? All(task) : One(task, Index(index))))];
    }

    // Nothing at all is one None, as in Airflow.
    private IEnumerable<object?> All(string task) => pull(query with { TaskId = task }).Select(TemplateJson.FromJson).DefaultIfEmpty();

    private IEnumerable<object?> One(string task, int index) => [pull(query with { TaskId = task, MapIndex = index }) is [var value] && TemplateJson.FromJson(value) is { } found ? found : fallback];

    private static string Text(object? task) => task as string ?? throw new TemplateFault("xcom_pull() needs the ids of tasks as texts.");

    private static int Index(object? index) =>
        index is long number and >= -1 and <= int.MaxValue ? (int)number : throw new TemplateFault("xcom_pull() needs map_indexes as an integer, None, or a list of these.");
}
