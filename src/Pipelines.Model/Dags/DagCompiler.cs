using Pipelines.Model.Activities;

namespace Pipelines.Model.Dags;

/// <summary>Makes a DAG of a definition, or reports everything that stands against it.</summary>
internal sealed class DagCompiler(ElsaDefinition definition, ActivityCatalog catalog, TemplateFileReader templates, DagFileReport report)
{
    /// <summary>The settings and the DAG in them; null when anything is wrong.</summary>
    public DagSettings? Compile()
    {
        CheckDagId();
        var settings = new DagSettingsReader(definition, catalog, templates, report).Read(definition.DefinitionId?.Text ?? "");
        if (settings is not null && definition.Root.Activities.First(activity => activity.Type == DagInputs.TypeName).Part is var holder)
            new WatcherCheck(catalog, report).Check(settings.Dag.Assets, holder.Get(DagInputs.Assets) ?? holder);
        var flowcharts = new FlowchartReader(catalog, templates, report);
        flowcharts.Read(definition.Root, settings?.DefaultArgs ?? DefaultArgs.None);
        var (activities, tasks) = (flowcharts.Activities, flowcharts.Tasks);
        if (settings is { Dag.FailFast: true }) CheckFailFast(activities, tasks);
        if (activities.Count == 0)
            report.Error("$.root.activities", definition.Part.Line, "The DAG has no tasks. Add at least one activity beside 'Pipelines.Dag'.");
        var edges = new DagEdges(tasks, activities, flowcharts.Groups, new EdgeReader(catalog, report).Read(definition.Root), report).Of(definition.Root);
        var graph = new Graph([.. tasks.Select((task, place) => task.TaskId.Length > 0 ? task.TaskId : activities[place].Label)], edges.Select(edge => (edge.From, edge.To)).Distinct());
        foreach (var cycle in graph.Cycles) ReportCycle(cycle, tasks, activities, edges);
        new SetupTeardownCheck(activities, tasks, report).Check(edges.Select(edge => (edge.From, edge.To)));
        new FollowCheck(tasks, flowcharts.Groups, edges, report).Check(flowcharts.Named);
        if (report.HasErrors || settings is null) return null;
        new TemplateNameCheck(settings.Dag, catalog, report).Check(tasks, activities, flowcharts.Groups);
        var connected = settings.Dag with { Tasks = Connect(tasks, graph.Order, edges), Groups = flowcharts.Groups, TemplateFiles = templates.Files };
        var weighed = connected with { Tasks = PriorityWeights.Total(connected.Tasks, task => OwnWeight(connected, task, activities.First(activity => activity.Id == task.ActivityId))) };
        return report.HasErrors ? null : settings with { Dag = weighed };
    }

    /// <summary>By a rule of a plugin, which may be wrong.</summary>
    private long OwnWeight(Dag dag, DagTask task, ElsaActivity activity)
    {
        try
        {
            return catalog.WeightRules[task.OwnWeightRule!].GetWeight(dag, task);
        }
        catch (Exception error)
        {
            report.Error(activity.Part.Get(TaskInputs.WeightRule) ?? activity.Part, $"The weight rule '{task.OwnWeightRule}' has no weight for task '{task.TaskId}': {error.GetType().Name}: {error.Message} Mend its plugin, or choose another rule.");
            return task.PriorityWeight;
        }
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
    private void CheckFailFast(IReadOnlyList<ElsaActivity> activities, IReadOnlyList<DagTask> tasks)
    {
        foreach (var (activity, task) in activities.Zip(tasks).Where(pair => pair.Second.TriggerRule is not (TriggerRule.AllSuccess or TriggerRule.AllDoneSetupSuccess)))
        {
            report.Error(activity.Part.Get(TaskInputs.TriggerRule) ?? activity.Part,
                $"The DAG has 'failFast', but task '{task.TaskId}' has the trigger rule {Runs.StateNames.ToName(task.TriggerRule)}. With it every task must have all_success; change one of the two.");
        }
    }

    private void ReportCycle(IReadOnlyList<int> cycle, IReadOnlyList<DagTask> tasks, IReadOnlyList<ElsaActivity> activities, IReadOnlyList<DagEdge> edges)
    {
        var names = string.Join(" → ", cycle.Append(cycle[0]).Select(place => tasks[place].TaskId.Length > 0 ? tasks[place].TaskId : activities[place].Label));
        report.Error(edges.First(edge => edge.From == cycle[^1] && edge.To == cycle[0]).Part, $"The tasks wait for each other in a cycle: {names}. Remove one of these connections.");
    }

    private static List<DagTask> Connect(IReadOnlyList<DagTask> tasks, IReadOnlyList<int> order, IReadOnlyList<DagEdge> edges)
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
                .ToDictionary(port => port.Key, IReadOnlyList<string> (port) => [.. port.Distinct()], StringComparer.Ordinal),
        }).ToList();
    }
}
