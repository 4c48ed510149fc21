using Pipelines.Model.Activities;

namespace Pipelines.Model.Dags;

/// <summary>Reads the connections between tasks and reports those that make no edge of a DAG.</summary>
internal sealed class EdgeReader(ElsaDefinition definition, ActivityCatalog catalog, DagFileReport report)
{
    private readonly Dictionary<(string From, string To, string Port), ElsaConnection> _edges = [];
    private readonly Dictionary<string, ElsaActivity> _activities = new(StringComparer.Ordinal);

    /// <summary>The connections that are good.</summary>
    public IReadOnlyCollection<ElsaConnection> Read()
    {
        foreach (var activity in definition.Activities.Where(activity => activity.Id.Length > 0))
        {
            if (!_activities.TryAdd(activity.Id, activity))
                report.Error(activity.Part.Get("id")!, $"The activity id '{activity.Id}' is taken by {_activities[activity.Id].Part.Path}. Connections could not tell them apart; change one.");
        }
        foreach (var connection in definition.Connections) Add(connection);
        return _edges.Values;
    }

    private void Add(ElsaConnection connection)
    {
        // Both ends are looked at even when the first is wrong: all errors at once.
        var from = Find(connection.Source, "from");
        var to = Find(connection.Target, "to");
        if (from is null || to is null) return;
        if (from == to)
            report.Error(connection.Part, $"'{from.Label}' is connected to itself, so it would wait for itself for ever. Remove the connection.");
        else if (PortsAreGood(connection, from) && !_edges.TryAdd((from.Id, to.Id, connection.Source.Port), connection))
            report.Error(connection.Part, $"'{from.Label}' and '{to.Label}' are connected twice (first at {_edges[(from.Id, to.Id, connection.Source.Port)].Part.Path}). Remove one.");
    }

    private ElsaActivity? Find(ElsaEnd end, string word)
    {
        if (!_activities.TryGetValue(end.ActivityId, out var activity))
            report.Error(end.Part, $"The connection goes {word} the activity id '{end.ActivityId}', which is not in the file.{NearestName.Hint(end.ActivityId, _activities.Keys)}");
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
        if (catalog.Find(from.Type) is not { } descriptor) return faults == 0;
        if (!descriptor.Ports.Contains(connection.Source.Port, StringComparer.Ordinal) && ++faults > 0)
            report.Error(connection.Source.Part, $"'{from.Label}' ({from.Type}) has no port '{connection.Source.Port}'.{NearestName.Hint(connection.Source.Port, descriptor.Ports)}");
        return faults == 0;
    }
}
