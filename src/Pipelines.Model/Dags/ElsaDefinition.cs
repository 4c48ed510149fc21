namespace Pipelines.Model.Dags;

/// <summary>An Elsa 3 workflow definition as far as we read it (reference/elsa-studio-contract.md §3.2, §5), every part with its place.</summary>
internal sealed record ElsaDefinition(
    JsonPart Part,
    JsonPart? DefinitionId,
    string? Description,
    ElsaFlowchart Root);

/// <summary>The root flowchart, or one in it: a task group.</summary>
/// <param name="Activities">Tasks and task groups, and in the root the settings of the DAG.</param>
/// <param name="Connections">Between these.</param>
internal sealed record ElsaFlowchart(IReadOnlyList<ElsaActivity> Activities, IReadOnlyList<ElsaConnection> Connections);

/// <summary>One activity of a flowchart.</summary>
/// <param name="Part">The whole object.</param>
/// <param name="Id">Elsa's id, which connections refer to; "" when missing (then reported).</param>
/// <param name="Type">Type name; "" when missing (then reported).</param>
/// <param name="Name">Our task_id or group_id, in its task group.</param>
/// <param name="Values">Its inputs and output bindings: all members that are not Elsa's own.</param>
internal sealed record ElsaActivity(JsonPart Part, string Id, string Type, JsonPart? Name, IReadOnlyList<JsonMember> Values)
{
    /// <summary>Of a task group what is in it; null: it is none.</summary>
    public ElsaFlowchart? Inside { get; init; }

    /// <summary>How messages call it.</summary>
    public string Label => Name is { Text.Length: > 0 } name ? name.Text : Id.Length > 0 ? Id : Type;
}

/// <summary>One connection of a flowchart.</summary>
internal sealed record ElsaConnection(JsonPart Part, ElsaEnd Source, ElsaEnd Target);

/// <summary>One end of a connection.</summary>
/// <param name="Part">The place for messages.</param>
/// <param name="ActivityId">Refers to <see cref="ElsaActivity.Id"/>.</param>
/// <param name="Port">The port's name.</param>
internal sealed record ElsaEnd(JsonPart Part, string ActivityId, string Port);
