using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Assets;
using Pipelines.Model.Timetables;

namespace Pipelines.Model.Dags;

/// <summary>Fingerprints what a DAG does, so that a new version is made only when that changes (airflow-semantics.md §25).</summary>
internal static class DagHash
{
    /// <summary>SHA-256 over a canonical JSON of the DAG: names sorted, tasks in order, nothing of the designer's.</summary>
    public static string Of(DagSettings settings)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer)) Write(writer, Canonical(settings));
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }

    private static JsonObject Canonical(DagSettings settings)
    {
        var dag = settings.Dag;
        var options = settings.TimetableOptions;
        var canonical = new JsonObject
        {
            ["dagId"] = dag.DagId,
            ["description"] = dag.Description,
            ["schedule"] = dag.Schedule,
            ["timetable"] = settings.TimetableKind ?? TimetableFactory.CronTrigger,
            ["timezone"] = settings.Timezone,
            ["startDate"] = dag.StartDate?.ToString("O", null),
            ["endDate"] = dag.EndDate?.ToString("O", null),
            ["catchup"] = dag.Catchup,
            ["maxActiveRuns"] = dag.MaxActiveRuns,
            ["maxActiveTasks"] = dag.MaxActiveTasks,
            ["dagRunTimeout"] = dag.DagRunTimeout?.Ticks,
            ["isPausedUponCreation"] = dag.IsPausedUponCreation,
            ["params"] = dag.Params.ToJson(),
            ["tags"] = List(dag.Tags),
            ["owner"] = dag.Owner,
            ["tasks"] = new JsonArray(dag.Tasks.Select(JsonNode (task) => Canonical(task)).ToArray()),
        };
        // Only where set, so that DAGs from before these settings keep their versions.
        if (options.Interval != TimeSpan.Zero) canonical["interval"] = options.Interval.Ticks;
        if (options.RunImmediately is { } past) canonical["runImmediately"] = past.Ticks;
        if (options.RestrictToEvents) canonical["restrictToEvents"] = true;
        if (dag.Assets is { } assets) canonical["assets"] = AssetJson.Canonical(assets);
        // Forms show them in the file's order; of defaults alone that never made a version.
        if (dag.Params.Items.Any(param => !param.IsPlain)) canonical["paramOrder"] = List(dag.Params.Items.Select(param => param.Name));
        if (dag.DagDisplayName is { } name) canonical["dagDisplayName"] = name;
        if (dag.DocMd is { } doc) canonical["docMd"] = doc;
        if (dag.OwnerLinks.Count > 0) canonical["ownerLinks"] = new JsonObject(dag.OwnerLinks.Select(link => KeyValuePair.Create(link.Key, (JsonNode?)link.Value)));
        if (dag.TemplateFiles.Texts.Count > 0) canonical["templateFiles"] = new JsonObject(dag.TemplateFiles.Texts.Select(file => KeyValuePair.Create(file.Key, (JsonNode?)file.Value)));
        if (dag.UserDefinedMacros.Count > 0) canonical["userDefinedMacros"] = dag.UserDefinedMacros.DeepClone();
        if (dag.RenderTemplateAsNativeObj) canonical["renderTemplateAsNativeObj"] = true;
        if (dag.MaxConsecutiveFailedDagRuns > 0) canonical["maxConsecutiveFailedDagRuns"] = dag.MaxConsecutiveFailedDagRuns;
        if (dag.FailFast) canonical["failFast"] = true;
        if (dag.Groups.Count > 0) canonical["groups"] = new JsonArray([.. dag.Groups.Select(Canonical)]);
        if (dag.Callbacks.Lists.Count > 0) canonical["callbacks"] = dag.Callbacks.ToJson();
        return canonical;
    }

    private static JsonNode Canonical(TaskGroup group) => new JsonObject
    {
        ["groupId"] = group.GroupId,
        ["parentId"] = group.ParentId,
        ["mapping"] = group.Mapping?.Text,
        ["displayName"] = group.DisplayName,
        ["tooltip"] = group.Tooltip,
        ["uiColor"] = group.UiColor,
        ["uiFgcolor"] = group.UiFgcolor,
    };

    private static JsonObject Canonical(DagTask task)
    {
        var canonical = Settings(task);
        // Only where it branches, or sets what came later, for the same reason.
        if (task.DownstreamByPort.Keys.Any(port => port != ActivityDescriptor.Done))
            canonical["ports"] = new JsonObject(task.DownstreamByPort.Select(port => KeyValuePair.Create(port.Key, (JsonNode?)List(port.Value))));
        if (task.GroupId is { } group) canonical["groupId"] = group;
        if (task.PoolSlots != 1) canonical["poolSlots"] = task.PoolSlots;
        if (task.OwnWeightRule is { } rule) canonical["weightRule"] = rule;
        else if (task.WeightRule != WeightRule.Downstream) canonical["weightRule"] = task.WeightRule.ToString();
        if (task.MaxActiveTisPerDag is { } perDag) canonical["maxActiveTisPerDag"] = perDag;
        if (task.MaxActiveTisPerDagrun is { } perRun) canonical["maxActiveTisPerDagrun"] = perRun;
        if (task.Mapping is { } mapping) canonical["mapping"] = mapping.Text;
        if (task.MapIndexTemplate is { } name) canonical["mapIndexTemplate"] = name;
        if (task.Outlets != AssetUse.None) canonical["outlets"] = AssetJson.Canonical(task.Outlets);
        if (task.Inlets != AssetUse.None) canonical["inlets"] = AssetJson.Canonical(task.Inlets);
        if (task.Callbacks.Lists.Count > 0) canonical["callbacks"] = task.Callbacks.ToJson();
        if (task.Params.Items.Count > 0) canonical["params"] = task.Params.ToJson();
        if (task.IsSetup) canonical["isSetup"] = true;
        if (task.IsTeardown) canonical["isTeardown"] = true;
        if (task.OnFailureFailDagrun) canonical["onFailureFailDagrun"] = true;
        AddPast(canonical, task);
        return canonical;
    }

    private static void AddPast(JsonObject canonical, DagTask task)
    {
        if (task.DependsOnPast) canonical["dependsOnPast"] = true;
        if (task.WaitForDownstream) canonical["waitForDownstream"] = true;
        if (!task.IgnoreFirstDependsOnPast) canonical["ignoreFirstDependsOnPast"] = false;
        if (task.WaitForPastDependsBeforeSkipping) canonical["waitForPastDependsBeforeSkipping"] = true;
        if (task.StartDate is { } start) canonical["startDate"] = start.ToString("O", null);
        if (task.EndDate is { } end) canonical["endDate"] = end.ToString("O", null);
    }

    private static JsonObject Settings(DagTask task) => new()
    {
        ["taskId"] = task.TaskId,
        ["type"] = task.ActivityType,
        ["upstream"] = List(task.Upstream),
        ["inputs"] = new JsonObject(task.Inputs.Select(input => KeyValuePair.Create(input.Key, (JsonNode?)List([input.Value.Syntax.ToString(), input.Value.Text])))),
        ["retries"] = task.Retries,
        ["retryDelay"] = task.RetryDelay.Ticks,
        ["retryExponentialBackoff"] = task.RetryExponentialBackoff,
        ["maxRetryDelay"] = task.MaxRetryDelay?.Ticks,
        ["triggerRule"] = task.TriggerRule.ToString(),
        ["pool"] = task.Pool,
        ["priorityWeight"] = task.PriorityWeight,
        ["executionTimeout"] = task.ExecutionTimeout?.Ticks,
        ["queue"] = task.Queue,
    };

    private static JsonArray List(IEnumerable<string> texts) => new(texts.Select(JsonNode? (text) => JsonValue.Create(text)).ToArray());

    // The order of an object's names is noise; the order of a list is not.
    private static void Write(Utf8JsonWriter writer, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                writer.WriteStartObject();
                foreach (var (name, value) in members.OrderBy(member => member.Key, StringComparer.Ordinal))
                {
                    writer.WritePropertyName(name);
                    Write(writer, value);
                }
                writer.WriteEndObject();
                break;
            case JsonArray items:
                writer.WriteStartArray();
                foreach (var item in items) Write(writer, item);
                writer.WriteEndArray();
                break;
            case null:
                writer.WriteNullValue();
                break;
            default:
                node.WriteTo(writer);
                break;
        }
    }
}
