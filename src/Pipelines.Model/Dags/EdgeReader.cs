using Pipelines.Model.Activities;

namespace Pipelines.Model.Dags;

/// <summary>A connection of a flowchart that is good.</summary>
internal sealed record ElsaLink(ElsaActivity From, ElsaActivity To, string Port, JsonPart Part);

/// <summary>Reads the connections between tasks and task groups and reports those that make no edge of a DAG.</summary>
internal sealed class EdgeReader(ActivityCatalog catalog, DagFileReport report)
{
    private readonly Dictionary<(string From, string To, string Port), ElsaLink> _links = [];
    private readonly Dictionary<string, (ElsaActivity Activity, ElsaFlowchart Flowchart)> _activities = new(StringComparer.Ordinal);

    /// <summary>The good connections of a flowchart and of those in it, by flowchart.</summary>
    public ILookup<ElsaFlowchart, ElsaLink> Read(ElsaFlowchart root)
    {
        Name(root);
        return Links(root).ToLookup(link => link.Flowchart, link => link.Link);
    }

    private void Name(ElsaFlowchart flowchart)
    {
        foreach (var activity in flowchart.Activities)
        {
            if (activity.Id.Length > 0 && !_activities.TryAdd(activity.Id, (activity, flowchart)))
                report.Error(activity.Part.Get("id")!, $"The activity id '{activity.Id}' is taken by {_activities[activity.Id].Activity.Part.Path}. Connections could not tell them apart; change one.");
            if (activity.Inside is { } inside) Name(inside);
        }
    }

    private List<(ElsaFlowchart Flowchart, ElsaLink Link)> Links(ElsaFlowchart flowchart) =>
    [
        .. flowchart.Connections.Select(connection => Read(connection, flowchart)).OfType<ElsaLink>().Select(link => (flowchart, link)),
        .. flowchart.Activities.SelectMany(activity => activity.Inside is { } inside ? Links(inside) : []),
    ];

    private ElsaLink? Read(ElsaConnection connection, ElsaFlowchart flowchart)
    {
        // Both ends are looked at even when the first is wrong: all errors at once.
        var from = Find(connection.Source, "from", flowchart);
        var to = Find(connection.Target, "to", flowchart);
        if (from is null || to is null) return null;
        var link = new ElsaLink(from, to, connection.Source.Port, connection.Part);
        if (from == to)
            report.Error(connection.Part, $"'{from.Label}' is connected to itself, so it would wait for itself for ever. Remove the connection.");
        else if (!PortsAreGood(connection, from))
            return null;
        else if (!_links.TryAdd((from.Id, to.Id, link.Port), link))
            report.Error(connection.Part, $"'{from.Label}' and '{to.Label}' are connected twice (first at {_links[(from.Id, to.Id, link.Port)].Part.Path}). Remove one.");
        else
            return link;
        return null;
    }

    private ElsaActivity? Find(ElsaEnd end, string word, ElsaFlowchart flowchart)
    {
        var (activity, place) = _activities.GetValueOrDefault(end.ActivityId);
        if (activity is null)
            report.Error(end.Part, $"The connection goes {word} the activity id '{end.ActivityId}', which is not in the file.{NearestName.Hint(end.ActivityId, _activities.Keys)}");
        else if (place != flowchart)
            report.Error(end.Part, $"The connection goes {word} '{activity.Label}', which is in another flowchart. A task group is connected as a whole: connect the group, or put the two into one.");
        else if (activity.Type == DagInputs.TypeName)
            report.Error(end.Part, $"The connection goes {word} '{activity.Label}' of type '{DagInputs.TypeName}', which holds settings and never runs. Remove the connection.");
        else
            return activity;
        return null;
    }

    private bool PortsAreGood(ElsaConnection connection, ElsaActivity from)
    {
        var faults = 0;
        if (connection.Target.Port != "In" && ++faults > 0)
            report.Error(connection.Target.Part, $"The connection ends at port '{connection.Target.Port}'. Activities have one entry, 'In'.");
        if ((from.Inside is null ? catalog.Find(from.Type) : TaskGroupInputs.Descriptor) is not { } descriptor) return faults == 0;
        if (!descriptor.Ports.Contains(connection.Source.Port, StringComparer.Ordinal) && ++faults > 0)
            report.Error(connection.Source.Part, $"'{from.Label}' ({from.Type}) has no port '{connection.Source.Port}'.{NearestName.Hint(connection.Source.Port, descriptor.Ports)}");
        return faults == 0;
    }
}
