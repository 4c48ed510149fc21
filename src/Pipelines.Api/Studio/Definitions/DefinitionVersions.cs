using System.Globalization;
using Pipelines.Engine.Operations;
using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>Finds versions by Studio's words for them: Latest, Published, Draft, LatestOrPublished, LatestAndPublished, AllVersions, or a number.</summary>
internal static class DefinitionVersions
{
    /// <summary>One version of a DAG.</summary>
    /// <exception cref="OperationException">There is none.</exception>
    public static async Task<DefinitionVersion> GetAsync(Transaction tx, string dagId, string? options) =>
        Choose(await OfDagAsync(tx, dagId), options) ?? throw new OperationException(RefusalKind.NotFound,
            $"There is no DAG '{dagId}' here{(string.IsNullOrEmpty(options) || options == "Latest" ? "" : $" in version '{options}'")}. It may have been deleted; reload the list.");

    /// <summary>A version by its id; null when unknown.</summary>
    public static async Task<DefinitionVersion?> FindAsync(Transaction tx, string id)
    {
        if (DefinitionVersion.DagOfDraft(id) is { } dagId) return Choose(await OfDagAsync(tx, dagId), "Draft");
        if (!long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || await DagVersionTable.FindAsync(tx, number) is not { } version) return null;
        var dag = await DagTable.FindAsync(tx, version.DagId);
        return DefinitionVersion.Of(version, IsCurrent(dag, version), await DagDraftTable.FindAsync(tx, version.DagId) is not null);
    }

    /// <summary>All of a DAG, the newest first; a draft before the stored ones.</summary>
    public static async Task<IReadOnlyList<DefinitionVersion>> OfDagAsync(Transaction tx, string dagId)
    {
        var dag = await DagTable.FindAsync(tx, dagId);
        var draft = await DagDraftTable.FindAsync(tx, dagId);
        var versions = dag is null ? [] : await DagVersionTable.OfDagAsync(tx, dagId);
        // A DAG whose file is gone is none until somebody drafts it again; then its old versions are its history.
        if (draft is null && dag is not { IsStale: false }) return [];
        IEnumerable<DefinitionVersion> drafts = draft is null ? [] : [DefinitionVersion.Of(draft, versions.Count == 0 ? 0 : versions[0].VersionNumber)];
        return [.. drafts, .. versions.Select(version => DefinitionVersion.Of(version, IsCurrent(dag, version), draft is not null))];
    }

    /// <summary>One version of each DAG that has it, by dag_id.</summary>
    public static async Task<IReadOnlyList<DefinitionVersion>> OfEachDagAsync(Transaction tx, string? options)
    {
        var living = (await DagTable.ListAsync(tx)).ToDictionary(dag => dag.DagId, StringComparer.Ordinal);
        var drafts = (await DagDraftTable.ListAsync(tx)).ToDictionary(draft => draft.DagId, StringComparer.Ordinal);
        var current = (await DagVersionTable.CurrentAsync(tx)).ToDictionary(version => version.DagId, StringComparer.Ordinal);
        return [.. living.Keys.Union(drafts.Keys).Order(StringComparer.Ordinal).Select(dagId => Choose(Of(dagId), options)).OfType<DefinitionVersion>()];

        IEnumerable<DefinitionVersion> Of(string dagId)
        {
            var draft = drafts.GetValueOrDefault(dagId);
            var version = current.GetValueOrDefault(dagId);
            if (draft is not null) yield return DefinitionVersion.Of(draft, version?.VersionNumber ?? 0);
            if (version is not null && living.ContainsKey(dagId)) yield return DefinitionVersion.Of(version, isCurrent: true, draft is not null);
        }
    }

    private static DefinitionVersion? Choose(IEnumerable<DefinitionVersion> versions, string? options) => options switch
    {
        null or "" or "Latest" or "AllVersions" => versions.FirstOrDefault(version => version.IsLatest),
        "Published" => versions.FirstOrDefault(version => version.IsPublished),
        "LatestAndPublished" => versions.FirstOrDefault(version => version is { IsLatest: true, IsPublished: true }),
        "LatestOrPublished" => versions.FirstOrDefault(version => version.IsPublished) ?? versions.FirstOrDefault(version => version.IsLatest),
        "Draft" => versions.FirstOrDefault(version => version.IsDraft),
        _ => int.TryParse(options, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? versions.FirstOrDefault(version => version.Number == number) : null,
    };

    private static bool IsCurrent(StoredDag? dag, DagVersion version) => dag is { IsStale: false } && dag.CurrentVersionId == version.Id;
}
