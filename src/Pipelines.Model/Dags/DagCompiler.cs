using Pipelines.Model.Activities;

namespace Pipelines.Model.Dags;

/// <summary>Makes a DAG of a definition, or reports everything that stands against it.</summary>
internal sealed class DagCompiler(ElsaDefinition definition, ActivityCatalog catalog, TemplateFileReader templates, DagFileReport report)
{
    /// <summary>The settings and the DAG in them; null when anything is wrong.</summary>
    public DagSettings? Compile()
    {
        CheckDagId();
        var settings = new DagSettingsReader(definition, templates, report).Read(definition.DefinitionId?.Text ?? "");
        var activities = definition.Activities.Where(activity => activity.Type != DagInputs.TypeName).ToList();
        var defaults = settings?.DefaultArgs ?? DefaultArgs.None;
        defaults.CheckNames(activities.Select(activity => catalog.Find(activity.Type)).OfType<ActivityDescriptor>(), report);
        var reader = new TaskReader(catalog, defaults, templates, report);
        var tasks = activities.Select(reader.Read).ToList();
        if (settings is { Dag.FailFast: true }) CheckFailFast(activities, tasks);
        if (activities.Count == 0)
            report.Error("$.root.activities", definition.Part.Line, "The DAG has no tasks. Add at least one activity beside 'Pipelines.Dag'.");
        var edges = Edges(activities);
        var graph = new Graph(activities.Select(activity => activity.Label).ToList(), edges.Select(edge => (edge.From, edge.To)).Distinct());
        foreach (var cycle in graph.Cycles) ReportCycle(cycle, activities, edges);
        CheckMappings(tasks, activities, edges);
        new SetupTeardownCheck(activities, tasks, report).Check(edges.Select(edge => (edge.From, edge.To)));
        if (report.HasErrors || settings is null) return null;
        return settings with { Dag = settings.Dag with { Tasks = PriorityWeights.Total(Connect(tasks, graph.Order, edges)), TemplateFiles = templates.Files } };
    }

    private void CheckDagId()
    {
        if (definition.DefinitionId is not { Text.Length: > 0 } id)
        {
            report.Error(definition.DefinitionId ?? definition.Part, "The file has no 'definitionId'. Set it to the dag_id, which is also the file's name.");
            return;
        }
        if (!AirflowKey.IsValid(id.Text)) report.Error(id, $"The dag_id '{id.Text}' {AirflowKey.Fault(id.Text)}. {AirflowKey.Rule}");
        // Windows paths too: a file may be named by a person on any system.
        var fileName = report.File[(report.File.LastIndexOfAny(['/', '\\']) + 1)..];
        if (fileName != id.Text + ".json")
            report.Error(id, $"The definitionId '{id.Text}' is not the file's name '{fileName}'. Rename the file to '{id.Text}.json' or change the definitionId.");
    }

    /// <summary>Another rule would have a task run after the failure that has stopped it.</summary>
    private void CheckFailFast(List<ElsaActivity> activities, List<DagTask> tasks)
    {
        foreach (var (activity, task) in activities.Zip(tasks).Where(pair => pair.Second.TriggerRule is not (TriggerRule.AllSuccess or TriggerRule.AllDoneSetupSuccess)))
        {
            report.Error(activity.Part.Get(TaskInputs.TriggerRule) ?? activity.Part,
                $"The DAG has 'failFast', but task '{task.TaskId}' has the trigger rule {Runs.StateNames.ToName(task.TriggerRule)}. With it every task must have all_success; change one of the two.");
        }
    }

    private List<Edge> Edges(List<ElsaActivity> activities)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (place, activity) in activities.Index()) places.TryAdd(activity.Id, place);
        return [.. new EdgeReader(definition, catalog, report).Read()
            .Where(connection => places.ContainsKey(connection.Source.ActivityId) && places.ContainsKey(connection.Target.ActivityId))
            .Select(connection => new Edge(places[connection.Source.ActivityId], places[connection.Target.ActivityId], connection.Source.Port, connection.Part))];
    }

    private void ReportCycle(IReadOnlyList<int> cycle, List<ElsaActivity> activities, List<Edge> edges)
    {
        var names = string.Join(" → ", cycle.Append(cycle[0]).Select(place => activities[place].Label));
        report.Error(edges.First(edge => edge.From == cycle[^1] && edge.To == cycle[0]).Part, $"The tasks wait for each other in a cycle: {names}. Remove one of these connections.");
    }

    /// <summary>Without a connection the task would not wait for what it is mapped over, and the graph would not show it.</summary>
    private void CheckMappings(List<DagTask> tasks, List<ElsaActivity> activities, List<Edge> edges)
    {
        foreach (var (place, task) in tasks.Index())
        {
            var before = edges.Where(edge => edge.To == place).Select(edge => tasks[edge.From].TaskId).ToHashSet(StringComparer.Ordinal);
            foreach (var source in (task.Mapping?.TaskIds ?? []).Where(source => !before.Contains(source)))
            {
                var known = tasks.Any(other => other.TaskId == source);
                report.Error(MappingReader.Place(activities[place]), $"'{task.TaskId}' is mapped over '{source}{XComArgText.Output}', but "
                    + (known ? $"'{source}' is not directly before it. Connect '{source}' to '{task.TaskId}'." : $"there is no task '{source}'.{NearestName.Hint(source, before)}"));
            }
        }
    }

    private static List<DagTask> Connect(List<DagTask> tasks, IReadOnlyList<int> order, List<Edge> edges)
    {
        var ranks = new int[tasks.Count];
        foreach (var (rank, place) in order.Index()) ranks[place] = rank;
        var upstream = edges.OrderBy(edge => ranks[edge.From]).ToLookup(edge => edge.To, edge => tasks[edge.From].TaskId);
        var downstream = edges.OrderBy(edge => ranks[edge.To]).ToLookup(edge => edge.From, edge => (edge.Port, tasks[edge.To].TaskId));
        return order.Select(place => tasks[place] with
        {
            // Two tasks may be connected by several ports.
            Upstream = [.. upstream[place].Distinct()],
            Downstream = [.. downstream[place].Select(edge => edge.TaskId).Distinct()],
            DownstreamByPort = downstream[place].GroupBy(edge => edge.Port, edge => edge.TaskId, StringComparer.Ordinal)
                .ToDictionary(port => port.Key, IReadOnlyList<string> (port) => [.. port], StringComparer.Ordinal),
        }).ToList();
    }

    /// <summary>A connection between places in the list of activities.</summary>
    private sealed record Edge(int From, int To, string Port, JsonPart Part);
}
