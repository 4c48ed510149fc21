using System.Text.Json.Nodes;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Designer;

/// <summary>Goes through a flowchart as JSON that need not be valid, with those in it.</summary>
public static class Flowcharts
{
    /// <summary>The activities of a flowchart and of those in it, each flowchart before what is in it.</summary>
    public static IEnumerable<JsonObject> AllActivities(this JsonObject flowchart) =>
        flowchart.Objects("activities").SelectMany(activity => IsGroup(activity) ? activity.AllActivities().Prepend(activity) : [activity]);

    /// <summary>As <see cref="AllActivities"/>, with the task_id or group_id of each.</summary>
    public static IEnumerable<(JsonObject Activity, string Id)> AllWithIds(this JsonObject flowchart, string prefix = "")
    {
        foreach (var activity in flowchart.Objects("activities"))
        {
            var id = prefix + (activity.Text("name") ?? activity.Text("id"));
            yield return (activity, id);
            if (!IsGroup(activity)) continue;
            foreach (var inner in activity.AllWithIds(Prefixes(activity) ? $"{id}." : "")) yield return inner;
        }
    }

    /// <summary>True for a task group.</summary>
    public static bool IsGroup(JsonObject activity) => activity.Text("type") == TaskGroupInputs.TypeName;

    private static bool Prefixes(JsonObject group)
    {
        var value = group[TaskGroupInputs.PrefixGroupId];
        if (value is JsonObject wrapped && wrapped["expression"] is JsonObject expression) value = expression["value"];
        return !bool.TryParse(value?.ToString(), out var prefixes) || prefixes;
    }
}
