using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Engine.Operations.Authoring;

/// <summary>Who edits in the designer runs no code on the workers unless the installation lets them: the right to edit DAGs is not a shell.</summary>
internal static class CodeRule
{
    /// <summary>What stands against publishing a DAG, or taking an old version of it back; empty: nothing.</summary>
    public static IReadOnlyList<string> Offences(Dag dag, ActivityCatalog catalog, EngineSettings settings) =>
        [
            .. dag.Tasks.Select(task => Offence(task, catalog, settings)).OfType<string>(),
            .. (dag.Assets?.Assets ?? []).SelectMany(asset => asset.Watchers).Select(watcher => Offence($"Watcher '{watcher.Name}'", watcher.Activity, catalog, settings)).OfType<string>(),
        ];

    /// <summary>What stands against running a task from the designer; null: nothing.</summary>
    public static string? Offence(DagTask task, ActivityCatalog catalog, EngineSettings settings) => Offence($"Task '{task.TaskId}'", task.ActivityType, catalog, settings);

    private static string? Offence(string what, string type, ActivityCatalog catalog, EngineSettings settings) =>
        settings.DesignerAllowCode || catalog.Find(type) is not { RunsCode: true } descriptor ? null
            : $"{what} is of type {descriptor.TypeName}, which runs code on the workers, and this installation does not let the designer do that. "
                + "Put the DAG into the workflows folder as a file, or ask who runs the installation to set PIPELINES_DESIGNER_ALLOW_CODE=true on its web hosts.";
}
