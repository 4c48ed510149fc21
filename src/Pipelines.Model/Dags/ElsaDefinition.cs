namespace Pipelines.Model.Dags;

/// <summary>An Elsa 3 workflow definition as far as we read it (reference/elsa-studio-contract.md §3.2, §5), every part with its place.</summary>
internal sealed record ElsaDefinition(
    JsonPart Part,
    JsonPart? DefinitionId,
    string? Description,
    IReadOnlyList<ElsaActivity> Activities,
    IReadOnlyList<ElsaConnection> Connections);

/// <summary>One activity of the root flowchart.</summary>
/// <param name="Part">The whole object.</param>
/// <param name="Id">Elsa's id, which connections refer to; "" when missing (then reported).</param>
/// <param name="Type">Type name; "" when missing (then reported).</param>
/// <param name="Name">Our task_id.</param>
/// <param name="Values">Its inputs and output bindings: all members that are not Elsa's own.</param>
internal sealed record ElsaActivity(JsonPart Part, string Id, string Type, JsonPart? Name, IReadOnlyList<JsonMember> Values)
{
    /// <summary>How messages call it.</summary>
    public string Label => Name is { Text.Length: > 0 } name ? name.Text : Id.Length > 0 ? Id : Type;
}

/// <summary>One connection of the root flowchart.</summary>
internal sealed record ElsaConnection(JsonPart Part, ElsaEnd Source, ElsaEnd Target);

/// <summary>One end of a connection.</summary>
/// <param name="Part">The place for messages.</param>
/// <param name="ActivityId">Refers to <see cref="ElsaActivity.Id"/>.</param>
/// <param name="Port">The port's name.</param>
internal sealed record ElsaEnd(JsonPart Part, string ActivityId, string Port);
