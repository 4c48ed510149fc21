using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;

namespace Pipelines.Model.Dags;

/// <summary>An edge between places in the list of tasks.</summary>
internal sealed record DagEdge(int From, int To, string Port, JsonPart Part);

/// <summary>
/// The edges between the tasks of a DAG: those that are drawn, of which one at a task group stands for its first or last tasks
/// (airflow-semantics.md §10), and those that follow from what a task is mapped over (§5).
/// </summary>
/// <param name="tasks">The tasks.</param>
/// <param name="activities">The activities, at the places of their tasks.</param>
/// <param name="groups">The task groups.</param>
/// <param name="links">The connections by flowchart.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed class DagEdges(IReadOnlyList<DagTask> tasks, IReadOnlyList<ElsaActivity> activities, IReadOnlyList<TaskGroup> groups, ILookup<ElsaFlowchart, ElsaLink> links, DagFileReport report)
{
    private readonly List<DagEdge> _edges = [];
    private readonly Dictionary<string, int> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<ElsaActivity, int> _places = activities.Index().ToDictionary(activity => activity.Item, activity => activity.Index);

    /// <summary>All of them.</summary>
    public IReadOnlyList<DagEdge> Of(ElsaFlowchart root)
    {
        AddInferred();
        Add(root);
        return _edges;
    }

    /// <summary>As in Airflow a task comes after those whose results it is mapped over, connected or not.</summary>
    private void AddInferred()
    {
        foreach (var (place, task) in tasks.Index()) _byId.TryAdd(task.TaskId, place);
        foreach (var (place, task) in tasks.Index())
        {
            if (task.MappedGroupId is null) AddInferred(task.Mapping, $"'{task.TaskId}'", activities[place], [place], [place]);
        }
    }

    /// <summary>The tasks of <paramref name="firsts"/> come after the results that they are mapped over.</summary>
    private void AddInferred(TaskMapping? mapping, string whose, ElsaActivity activity, IReadOnlyCollection<int> firsts, IReadOnlyCollection<int> within)
    {
        foreach (var source in mapping?.TaskIds ?? [])
        {
            var at = MappingReader.Place(activity);
            if (!_byId.TryGetValue(source, out var from))
                report.Error(at, $"{whose} is mapped over '{source}{XComArgText.Output}', but there is no task '{source}'.{NearestName.Hint(source, _byId.Keys.Except(within.Select(place => tasks[place].TaskId)))}");
            else if (within.Contains(from))
                report.Error(at, $"{whose} is mapped over what {(activity.Inside is null ? "it" : $"'{source}' in it")} returns, so it would wait for itself for ever. Map it over another task.");
            else
                _edges.AddRange(firsts.Select(to => new DagEdge(from, to, ActivityDescriptor.Done, at)));
        }
    }

    // What is inside comes first: it says which tasks of a group are its first and its last.
    private void Add(ElsaFlowchart flowchart)
    {
        foreach (var activity in flowchart.Activities)
        {
            if (activity.Inside is not { } inside) continue;
            Add(inside);
            if (groups.FirstOrDefault(group => group.ActivityId == activity.Id) is { Mapping: { } mapping } mapped)
                AddInferred(mapping, $"The task group '{mapped.GroupId}'", activity, [.. Firsts(activity)], Within(inside));
        }
        _edges.AddRange(
            from link in links[flowchart]
            from source in Lasts(link, flowchart, [])
            from to in Firsts(link.To)
            select new DagEdge(source.Place, to, source.Port, link.Part));
    }

    private IEnumerable<int> Firsts(ElsaActivity activity) => activity.Inside is { } inside ? new GroupEnds(tasks, _edges, Within(inside)).Firsts : At(activity);

    /// <summary>Where a connection begins. As in Airflow one that begins at an empty group begins where those begin that end at it.</summary>
    private IEnumerable<(int Place, string Port)> Lasts(ElsaLink link, ElsaFlowchart flowchart, HashSet<ElsaActivity> seen)
    {
        if (link.From.Inside is not { } inside) return At(link.From).Select(place => (place, link.Port));
        var within = Within(inside);
        if (within.Count > 0) return new GroupEnds(tasks, _edges, within).Lasts.Select(place => (place, ActivityDescriptor.Done));
        return seen.Add(link.From) ? links[flowchart].Where(before => before.To == link.From).SelectMany(before => Lasts(before, flowchart, seen)) : [];
    }

    private HashSet<int> Within(ElsaFlowchart flowchart) => [.. flowchart.Activities.SelectMany(activity => activity.Inside is { } inside ? Within(inside) : At(activity))];

    private IEnumerable<int> At(ElsaActivity activity) => _places.TryGetValue(activity, out var place) ? [place] : [];
}
