using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>Who edits in the designer runs no code on the workers unless the installation lets them: the right to edit DAGs is not a shell.</summary>
internal static class CodeRule
{
    private const string Ways = "Put the DAG into the workflows folder as a file, or ask who runs the installation to set PIPELINES_DESIGNER_ALLOW_CODE=true on its web hosts.";

    /// <summary>What stands against publishing a DAG, or taking an old version of it back; empty: nothing.</summary>
    public static IReadOnlyList<string> Offences(Dag dag, ActivityCatalog catalog, EngineSettings settings) => settings.DesignerAllowCode ? [] :
    [
        .. dag.Callbacks.All.Select(notifier => Offence($"A callback of DAG '{dag.DagId}'", notifier.ActivityType, notifier.Inputs.ContainsKey, catalog)).OfType<string>(),
        .. dag.Tasks.SelectMany(task => Offences(task, catalog)),
        .. (dag.Assets?.Assets ?? []).SelectMany(asset => asset.Watchers).Select(watcher => Offence($"Watcher '{watcher.Name}'", watcher.Activity, watcher.Inputs.ContainsKey, catalog)).OfType<string>(),
    ];

    /// <summary>What stands against running a task from the designer; null: nothing.</summary>
    public static string? Offence(DagTask task, ActivityCatalog catalog, EngineSettings settings) => settings.DesignerAllowCode ? null : Offences(task, catalog).FirstOrDefault();

    private static IEnumerable<string> Offences(DagTask task, ActivityCatalog catalog) =>
        task.Callbacks.All.Select(notifier => Offence($"A callback of task '{task.TaskId}'", notifier.ActivityType, notifier.Inputs.ContainsKey, catalog))
            .Prepend(Offence($"Task '{task.TaskId}'", task.ActivityType, input => task.Inputs.ContainsKey(input) || task.Mapping?.MayGive(input) == true, catalog)).OfType<string>();

    private static string? Offence(string what, string activityType, Func<string, bool> sets, ActivityCatalog catalog)
    {
        if (catalog.Find(activityType) is not { } descriptor) return null;
        var files = descriptor.Inputs.FirstOrDefault(input => input.ReadsFiles && sets(input.Name));
        return descriptor.RunsCode ? $"{what} is of type {descriptor.TypeName}, which runs code on the workers, and this installation does not let the designer do that. {Ways}"
            : files is not null ? $"{what} sets input '{files.Name}' of {descriptor.TypeName}, which reads files of the workers, and this installation does not let the designer do that. {Ways}"
            : null;
    }
}
