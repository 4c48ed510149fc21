namespace Pipelines.Model.Dags;

/// <summary>Says what Elsa knows and we do not use, so that nothing is dropped silently (design.md, "DAG files and drafts").</summary>
internal static class ElsaNotices
{
    private static readonly HashSet<string> DefinitionKeys =
    [
        "$schema", "id", "definitionId", "tenantId", "name", "description", "createdAt", "version", "toolVersion", "variables", "inputs",
        "outputs", "outcomes", "customProperties", "isReadonly", "isSystem", "isLatest", "isPublished", "options", "root", "links",
        "materializerName", "isMaterializerAvailable", "providerName",
    ];

    private static readonly HashSet<string> FlowchartKeys =
    [
        "id", "nodeId", "name", "type", "version", "customProperties", "metadata", "variables", "activities", "connections", "start",
        "canStartWorkflow", "runAsynchronously",
    ];

    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
        ["variables"] = "Tasks pass values by XCom and read Variables; workflow variables do not exist here.",
        ["inputs"] = "A run gets its values from 'params' of Pipelines.Dag and from its conf.",
        ["outputs"] = "A task's result is its XCom 'return_value'; a run has no output.",
        ["outcomes"] = "A run ends as success or failed.",
        ["start"] = "Every task without upstream tasks starts first.",
        ["canStartWorkflow"] = "Every task without upstream tasks starts first.",
        ["mergeMode"] = "The task's trigger rule decides when it runs.",
        ["runAsynchronously"] = "Every task runs on a worker.",
        ["commitStrategyName"] = "State is stored at every step of a task.",
    };

    public static void OfDefinition(JsonPart file, DagFileReport report)
    {
        foreach (var name in (string[])["variables", "inputs", "outputs", "outcomes"]) Warn(file, name, report);
        // Studio writes autoUpdateConsumingWorkflows by itself; it says nothing about this DAG.
        WarnAll(file.Get("options"), report, except: "autoUpdateConsumingWorkflows");
        WarnAll(file.Get("customProperties"), report);
        WarnUnknown(file, DefinitionKeys, report);
    }

    public static void OfFlowchart(JsonPart root, DagFileReport report)
    {
        foreach (var name in (string[])["variables", "start"]) Warn(root, name, report);
        WarnAll(root.Get("customProperties"), report);
        WarnUnknown(root, FlowchartKeys, report);
    }

    public static void OfTaskGroup(JsonPart group, DagFileReport report)
    {
        foreach (var name in (string[])["variables", "start"]) Warn(group, name, report);
        OfActivity(group, report);
    }

    public static void OfActivity(JsonPart activity, DagFileReport report)
    {
        foreach (var name in (string[])["canStartWorkflow", "runAsynchronously"]) Warn(activity, name, report);
        WarnAll(activity.Get("customProperties"), report);
    }

    private static void WarnAll(JsonPart? settings, DagFileReport report, string? except = null)
    {
        foreach (var member in settings?.Members ?? [])
            if (member.Name != except) Warn(settings!, member.Name, report);
    }

    private static void Warn(JsonPart parent, string name, DagFileReport report)
    {
        if (parent.Get(name) is not { IsBlank: false } value) return;
        report.Warn(value, $"Elsa's '{name}' has no effect. {Reasons.GetValueOrDefault(name, "Pipelines does not use it.")}");
    }

    private static void WarnUnknown(JsonPart part, HashSet<string> known, DagFileReport report)
    {
        foreach (var member in part.Members.Where(member => !known.Contains(member.Name)))
            report.Warn(member.Value, $"The key '{member.Name}' is not known and has no effect.{NearestName.Hint(member.Name, known)}");
    }
}
