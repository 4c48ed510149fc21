using System.Globalization;
using System.Security.Claims;
using System.Text.Json.Nodes;
using Pipelines.Api.Access;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Operations.Authoring;
using Pipelines.Storage;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>What Studio's save, publish and delete mean for drafts and DAG files.</summary>
internal sealed class DefinitionSaves(
    Database database, SaveDraft save, PublishDag publish, ImportDag import, DiscardDraft discard, DeleteDagVersion deleteVersion, DefinitionAnswers answers)
{
    /// <summary>Begins a DAG.</summary>
    /// <returns>Its dag_id.</returns>
    public Task<string> CreateAsync(JsonObject model, ClaimsPrincipal person, CancellationToken cancellation) => import.CreateAsync(model, person.Actor(), cancellation);

    /// <summary>Keeps a canvas as the DAG's draft.</summary>
    public Task SaveAsync(string dagId, JsonObject model, ClaimsPrincipal person, CancellationToken cancellation) => save.ExecuteAsync(dagId, model, person.Actor(), cancellation);

    /// <summary>Publishes a DAG's draft.</summary>
    /// <exception cref="OperationException">There is no such DAG, or see <see cref="PublishDag"/>.</exception>
    public async Task<Published> PublishAsync(string dagId, ClaimsPrincipal person, CancellationToken cancellation)
    {
        var latest = await database.InTransactionAsync(tx => DefinitionVersions.GetAsync(tx, dagId, "Latest"), cancellation);
        if (!latest.IsDraft) return Published.Before;
        await publish.ExecuteAsync(dagId, person.Actor(), cancellation);
        return Published.Now;
    }

    /// <summary>Forgets a version, or discards a draft.</summary>
    public Task DeleteVersionAsync(string id, ClaimsPrincipal person, CancellationToken cancellation) =>
        DefinitionVersion.DagOfDraft(id) is { } dagId ? discard.ExecuteAsync(dagId, person.Actor(), cancellation)
        : long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? deleteVersion.ExecuteAsync(number, person.Actor(), cancellation)
        : throw new OperationException(RefusalKind.NotFound, "There is no such version. Reload the page.");

    /// <summary>The definition as it is after a save.</summary>
    public async Task<SaveAnswer> AnswerAsync(string dagId, bool alreadyPublished, ClaimsPrincipal person, CancellationToken cancellation) =>
        new(answers.Of(await database.InTransactionAsync(tx => DefinitionVersions.GetAsync(tx, dagId, "Latest"), cancellation), person), alreadyPublished);
}

/// <summary>When a DAG was published.</summary>
internal enum Published
{
    /// <summary>By this request.</summary>
    Now,

    /// <summary>It had no draft.</summary>
    Before,
}
