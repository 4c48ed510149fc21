using System.Text.Json;

namespace Pipelines.Model.Dags;

/// <summary>Reads the shape of an Elsa definition: what is where. Whether it makes a DAG is <see cref="DagCompiler"/>'s question.</summary>
internal sealed class ElsaDefinitionReader(DagFileReport report)
{
    private const string Flowchart = TaskGroupInputs.TypeName;

    /// <summary>Members of an activity that are Elsa's own, so that no input can have their names.</summary>
    internal static readonly HashSet<string> OwnKeys =
        ["id", "nodeId", "name", "type", "version", "metadata", "customProperties", "canStartWorkflow", "runAsynchronously"];

    // What a flowchart has in the place of inputs and outputs.
    private static readonly HashSet<string> FlowchartKeys = [.. OwnKeys, "activities", "connections", "variables", "start"];

    /// <summary>The definition, or null when there is no flowchart to look at (then reported).</summary>
    public ElsaDefinition? Read(JsonPart file)
    {
        if (!file.IsObject)
        {
            report.Error(file, "A DAG file is one JSON object: an Elsa 3 workflow definition with 'definitionId' and 'root'.");
            return null;
        }
        ElsaNotices.OfDefinition(file, report);
        if (Root(file) is not { } root) return null;
        ElsaNotices.OfFlowchart(root, report);
        return new ElsaDefinition(
            file,
            Text(file, "definitionId"),
            Text(file, "description")?.Text,
            ReadFlowchart(root));
    }

    private ElsaFlowchart ReadFlowchart(JsonPart part) => new(
        Items(part, "activities").Select(ReadActivity).OfType<ElsaActivity>().ToList(),
        Items(part, "connections").Select(ReadConnection).OfType<ElsaConnection>().ToList());

    private JsonPart? Root(JsonPart file)
    {
        var root = file.Get("root");
        if (root is null or { IsObject: false })
        {
            report.Error(root ?? file, $"The file has no 'root' object. Add one of type '{Flowchart}' that holds 'activities' and 'connections'.");
            return null;
        }
        var type = Text(root, "type");
        if (type?.Text == Flowchart) return root;
        report.Error(type ?? root, $"The root is {(type is null ? "without a type" : $"of type '{type.Text}'")}. It must be '{Flowchart}'.");
        return null;
    }

    private ElsaActivity? ReadActivity(JsonPart part)
    {
        if (!part.IsObject)
        {
            report.Error(part, "An activity must be a JSON object with 'id', 'name' and 'type'.");
            return null;
        }
        var type = Text(part, "type");
        if (type is null) report.Error(part, "The activity has no 'type'. Set it to an activity type such as 'SqlQuery'.");
        var id = Text(part, "id");
        if (id is null or { Text: "" }) report.Error(id ?? part, "The activity has no 'id'. Give it one that is unique in the file; connections refer to it.");
        var isGroup = type?.Text == Flowchart;
        if (isGroup) ElsaNotices.OfTaskGroup(part, report);
        else ElsaNotices.OfActivity(part, report);
        var values = part.Members.Where(member => !(isGroup ? FlowchartKeys : OwnKeys).Contains(member.Name)).ToList();
        return new ElsaActivity(part, id?.Text ?? "", type?.Text ?? "", Text(part, "name"), values) { Inside = isGroup ? ReadFlowchart(part) : null };
    }

    private ElsaConnection? ReadConnection(JsonPart part)
    {
        var source = ReadEnd(part, "source", "Done");
        var target = ReadEnd(part, "target", "In");
        return source is null || target is null ? null : new ElsaConnection(part, source, target);
    }

    private ElsaEnd? ReadEnd(JsonPart connection, string side, string defaultPort)
    {
        var end = connection.Get(side);
        if (end is not null && Text(end, "activity") is { } activity)
        {
            var port = Text(end, "port");
            return new ElsaEnd(activity, activity.Text, port is { Text.Length: > 0 } ? port.Text : defaultPort);
        }
        report.Error(end ?? connection, $"The connection has no {side}. Write \"{side}\": {{\"activity\": \"<id>\", \"port\": \"{defaultPort}\"}}.");
        return null;
    }

    private IReadOnlyList<JsonPart> Items(JsonPart parent, string name)
    {
        var list = parent.Get(name);
        if (list is not null && list.Kind != JsonValueKind.Array) report.Error(list, $"'{name}' must be a JSON array.");
        return list?.Items ?? [];
    }

    private JsonPart? Text(JsonPart parent, string name)
    {
        if (parent.Get(name) is not { } value) return null;
        if (value.Kind == JsonValueKind.String) return value;
        report.Error(value, $"'{name}' must be a text, not {value.Kind.ToString().ToLowerInvariant()}.");
        return null;
    }
}
