using Pipelines.Model.Activities;

namespace Pipelines.Model.Designer;

/// <summary>Says in words what publishing a draft would change. Works on drafts that are not valid yet.</summary>
public static class DraftChanges
{
    /// <summary>One sentence per change, tasks in the order of the new text; empty: nothing.</summary>
    /// <param name="before">The published text; null: there is none.</param>
    /// <param name="after">The draft's text.</param>
    public static IReadOnlyList<string> Between(string? before, string after)
    {
        var (old, now) = (DagOutline.Of(before), DagOutline.Of(after));
        List<string> changes = [];
        if (old.Description != now.Description) changes.Add("description changed");
        changes.AddRange(Members("setting", old.Settings, now.Settings));
        foreach (var (id, task) in now.Tasks) changes.AddRange(old.Tasks.TryGetValue(id, out var was) ? Task(was, task) : [$"{task.Words} added"]);
        changes.AddRange(old.Tasks.Where(pair => !now.Tasks.ContainsKey(pair.Key)).Select(pair => $"{pair.Value.Words} removed"));
        changes.AddRange(now.Edges.Except(old.Edges).Select(edge => $"connection {Words(edge, now, old)} added"));
        changes.AddRange(old.Edges.Except(now.Edges).Select(edge => $"connection {Words(edge, now, old)} removed"));
        if (changes.Count == 0 && before != after) changes.Add("only the layout or the form of the file changed; runs stay the same");
        return changes;
    }

    /// <summary>A warning for each known activity that has another name now: Airflow's history belongs to the task_id.</summary>
    public static IReadOnlyList<string> RenameWarnings(string? before, string after)
    {
        var (old, now) = (DagOutline.Of(before), DagOutline.Of(after));
        return [.. now.Tasks.Where(pair => pair.Value.Type != Dags.TaskGroupInputs.TypeName && old.Tasks.TryGetValue(pair.Key, out var was) && was.Name != pair.Value.Name).Select(pair =>
            $"Task '{old.Tasks[pair.Key].Name}' is called '{pair.Value.Name}' now. Its history splits: past runs stay with the old name. Rename it back to keep one history.")];
    }

    private static IEnumerable<string> Task(OutlinedTask was, OutlinedTask now)
    {
        if (was.Name != now.Name) yield return $"{was.Words} renamed to {now.Name}";
        if (was.Type != now.Type) yield return $"{now.Words}: type {was.Type} changed to {now.Type}";
        foreach (var change in Members($"{now.Words}: input", was.Inputs, now.Inputs)) yield return change;
    }

    private static IEnumerable<string> Members(string what, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after) =>
        before.Keys.Union(after.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Where(name => before.GetValueOrDefault(name) != after.GetValueOrDefault(name))
            .Select(name => $"{what} {name} {(before.ContainsKey(name) ? after.ContainsKey(name) ? "changed" : "removed" : "added")}");

    // Ends are ids, so that a rename is told once and not again for each connection.
    private static string Words((string From, string Port, string To) edge, DagOutline now, DagOutline old) =>
        $"{Name(edge.From, now, old)}{(edge.Port == ActivityDescriptor.Done ? "" : $" ({edge.Port})")} → {Name(edge.To, now, old)}";

    private static string Name(string id, DagOutline now, DagOutline old) => (now.Tasks.GetValueOrDefault(id) ?? old.Tasks.GetValueOrDefault(id))?.Name ?? id;
}
