using System.Security.Claims;
using System.Text.Json.Nodes;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Model.Designer;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>Writes versions as Studio reads them (contract §3.2).</summary>
internal sealed class DefinitionAnswers(StudioDefinition studio, CodeInputs code, DagFiles files)
{
    internal const string ToolVersion = "3.8.2.0";

    /// <summary>A whole definition. Its <c>publish</c> link alone makes it editable in Studio.</summary>
    /// <exception cref="OperationException">Its text is no definition.</exception>
    public JsonObject Of(DefinitionVersion version, ClaimsPrincipal person)
    {
        var definition = Shown(version);
        version.Mark.PutOn(definition);
        definition["id"] = version.Id;
        definition["definitionId"] = version.DagId;
        definition["name"] = version.Name;
        definition["description"] = version.Description;
        definition["version"] = version.Number;
        definition["isLatest"] = version.IsLatest;
        definition["isPublished"] = version.IsPublished;
        definition["createdAt"] = version.CreatedAt.UtcDateTime;
        definition["toolVersion"] = ToolVersion;
        definition["isReadonly"] = false;
        definition["isSystem"] = false;
        definition["materializerName"] = "Json";
        definition["links"] = new JsonArray([.. Links(version, person).Select(link => new JsonObject { ["href"] = link.Href, ["rel"] = link.Rel, ["method"] = link.Method })]);
        return definition;
    }

    /// <summary>A line of a list.</summary>
    public DefinitionSummary SummaryOf(DefinitionHead version, ClaimsPrincipal person) => new(
        version.Id, version.DagId, version.Name, version.Description, version.Number, version.IsLatest, version.IsPublished, version.CreatedAt.UtcDateTime, Links(version, person));

    /// <summary>A list's own links; without <c>bulk-publish</c> Studio offers nothing that writes.</summary>
    public IReadOnlyList<Link> ListLinks(ClaimsPrincipal person) => MayWrite(person)
        ? [new("/bulk-actions/publish/workflow-definitions/by-definition-ids", "bulk-publish", "POST"), new("/bulk-actions/retract/workflow-definitions/by-definition-ids", "bulk-retract", "POST")]
        : [];

    private JsonObject Shown(DefinitionVersion version)
    {
        try
        {
            return code.Show(PickedDates.Show(studio.Of(version.Text)));
        }
        catch (DesignerException error)
        {
            throw new OperationException(RefusalKind.Conflict, $"Version {version.Number} of DAG '{version.DagId}' cannot be shown: {error.Message}");
        }
    }

    private IReadOnlyList<Link> Links(DefinitionHead version, ClaimsPrincipal person)
    {
        var self = $"/workflow-definitions/{Uri.EscapeDataString(version.DagId)}";
        return MayWrite(person) ? [new($"{self}/publish", "publish", "POST"), new($"{self}/retract", "retract", "POST"), new(self, "delete", "DELETE")] : [];
    }

    private bool MayWrite(ClaimsPrincipal person) => person.May(Permissions.Author) && files.IsWritable;
}

/// <summary>What may be done with a resource, in Elsa's way of saying it.</summary>
internal sealed record Link(string Href, string Rel, string Method);

/// <summary>Elsa's WorkflowDefinitionSummary.</summary>
internal sealed record DefinitionSummary(
    string Id, string DefinitionId, string Name, string? Description, int Version, bool IsLatest, bool IsPublished, DateTime CreatedAt, IReadOnlyList<Link> Links)
{
    public string MaterializerName { get; } = "Json";

    public bool IsMaterializerAvailable { get; } = true;

    public string ToolVersion { get; } = DefinitionAnswers.ToolVersion;
}
