namespace Pipelines.Model.Dags;

/// <summary>The ids of the tasks and task groups of a DAG, of which every one is there once.</summary>
internal sealed class DagIds(DagFileReport report)
{
    private readonly Dictionary<string, ElsaActivity> _taken = new(StringComparer.Ordinal);

    /// <summary>The whole id of a task or group, from now on taken. One that is taken already, or too long, is reported.</summary>
    public string Take(ElsaActivity activity, GroupScope scope)
    {
        var id = scope.IdOf(activity);
        if (activity.Name is not { Text.Length: > 0 } name) return id;
        var what = activity.Inside is null ? "task_id" : "group_id";
        if (!_taken.TryAdd(id, activity))
            report.Error(name, $"The {what} '{id}' is taken by {_taken[id].Part.Path} (line {_taken[id].Part.Line}). Every task {(scope.Group is null && activity.Inside is null ? "" : "and group ")}needs its own name.");
        else if (scope.Prefix.Length > 0 && id.Length > AirflowKey.MaxLength)
            report.Error(name, $"With its groups the {what} '{id}' has {id.Length} characters. {AirflowKey.Rule}");
        return id;
    }
}
