using System.Globalization;
using Pipelines.Engine.Operations;
using Pipelines.Storage;
using Pipelines.Storage.Dags;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>
/// Finds versions by Studio's words for them: Latest, Published, Draft, LatestOrPublished, LatestAndPublished, or a number. Studio saves
/// twice a second and reads each time, so only the text that is asked for is read, however many versions a DAG has.
/// </summary>
internal static class DefinitionVersions
{
    /// <summary>One version of a DAG.</summary>
    /// <exception cref="OperationException">There is none.</exception>
    public static async Task<DefinitionVersion> GetAsync(Transaction tx, string dagId, string? options) =>
        await FindAsync(tx, dagId, options) ?? throw new OperationException(RefusalKind.NotFound,
            $"There is no DAG '{dagId}' here{(string.IsNullOrEmpty(options) || options == "Latest" ? "" : $" in version '{options}'")}. It may have been deleted; reload the list.");

    /// <summary>A version by its id; null when unknown.</summary>
    public static async Task<DefinitionVersion?> FindAsync(Transaction tx, string id) => await OfIdsAsync(tx, [id]) is [var version, ..] ? version : null;

    /// <summary>Those of these ids that exist.</summary>
    public static async Task<IReadOnlyList<DefinitionVersion>> OfIdsAsync(Transaction tx, IReadOnlyCollection<string> ids)
    {
        List<DefinitionVersion> found = [];
        foreach (var dagId in ids.Select(DefinitionVersion.DagOfDraft).OfType<string>().Distinct(StringComparer.Ordinal))
            if (await FindAsync(tx, dagId, "Draft") is { } draft) found.Add(draft);
        long[] numbers = [.. ids.Select(id => long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)];
        var versions = await DagVersionTable.OfIdsAsync(tx, numbers);
        string[] dagIds = [.. versions.Select(version => version.DagId).Distinct(StringComparer.Ordinal)];
        var dags = (await DagTable.OfIdsAsync(tx, dagIds)).ToDictionary(dag => dag.DagId, StringComparer.Ordinal);
        var drafted = (await DagDraftTable.DraftedAsync(tx, dagIds)).ToHashSet(StringComparer.Ordinal);
        found.AddRange(versions.Select(version => DefinitionVersion.Of(version, IsCurrent(dags.GetValueOrDefault(version.DagId), version), drafted.Contains(version.DagId))));
        return found;
    }

    /// <summary>All versions of these DAGs without their texts, a draft among them; each has the title that its DAG has now.</summary>
    public static async Task<IReadOnlyList<DefinitionHead>> OfDagsAsync(Transaction tx, IReadOnlyCollection<string> dagIds)
    {
        var dags = (await DagTable.OfIdsAsync(tx, dagIds)).ToDictionary(dag => dag.DagId, StringComparer.Ordinal);
        var heads = (await DagVersionTable.HeadsOfDagsAsync(tx, dagIds)).ToLookup(head => head.DagId, StringComparer.Ordinal);
        List<DefinitionHead> found = [];
        foreach (var dagId in dagIds)
        {
            // A DAG whose file is gone is none until somebody drafts it again; then its old versions are its history.
            if (await FindAsync(tx, dagId, "Latest") is not { } latest) continue;
            if (latest.IsDraft) found.Add(latest);
            found.AddRange(heads[dagId].Select(head => new DefinitionHead
            {
                Id = head.Id.ToString(CultureInfo.InvariantCulture),
                DagId = dagId,
                Number = head.VersionNumber,
                Name = latest.Name,
                Description = latest.Description,
                CreatedAt = head.CreatedAt,
                IsLatest = !latest.IsDraft && IsCurrent(dags.GetValueOrDefault(dagId), head),
                IsPublished = IsCurrent(dags.GetValueOrDefault(dagId), head),
            }));
        }
        return found;
    }

    /// <summary>One version of each DAG that has it, by dag_id.</summary>
    public static async Task<IReadOnlyList<DefinitionVersion>> OfEachDagAsync(Transaction tx, string? options)
    {
        var living = (await DagTable.ListAsync(tx)).Select(dag => dag.DagId).ToHashSet(StringComparer.Ordinal);
        var drafts = (await DagDraftTable.ListAsync(tx)).ToDictionary(draft => draft.DagId, StringComparer.Ordinal);
        var current = (await DagVersionTable.CurrentAsync(tx)).ToDictionary(version => version.DagId, StringComparer.Ordinal);
        return [.. living.Union(drafts.Keys).Order(StringComparer.Ordinal).Select(dagId => Choose(Of(dagId), options)).OfType<DefinitionVersion>()];

        IEnumerable<DefinitionVersion> Of(string dagId)
        {
            var draft = drafts.GetValueOrDefault(dagId);
            var version = current.GetValueOrDefault(dagId);
            if (draft is not null) yield return DefinitionVersion.Of(draft, version?.VersionNumber ?? 0);
            if (version is not null && living.Contains(dagId)) yield return DefinitionVersion.Of(version, isCurrent: true, draft is not null);
        }
    }

    private static async Task<DefinitionVersion?> FindAsync(Transaction tx, string dagId, string? options)
    {
        var dag = await DagTable.FindAsync(tx, dagId);
        var draft = await DagDraftTable.FindAsync(tx, dagId) is { } saved ? DefinitionVersion.Of(saved, await DagVersionTable.LastNumberAsync(tx, dagId)) : null;
        var isLiving = dag is { IsStale: false };
        if (!isLiving && draft is null) return null;
        if (NumberOf(options) is { } number && number != draft?.Number)
            return await DagVersionTable.FindAsync(tx, dagId, number) is { } old ? DefinitionVersion.Of(old, IsCurrent(dag, old), draft is not null) : null;
        if (draft is not null && options is null or "" or "Latest" or "AllVersions" or "Draft") return draft;
        var current = isLiving && dag!.CurrentVersionId is { } id && await DagVersionTable.FindAsync(tx, id) is { } version ? DefinitionVersion.Of(version, isCurrent: true, draft is not null) : null;
        return Choose(new[] { draft, current }.OfType<DefinitionVersion>(), options);
    }

    /// <summary>Among a draft and what is published.</summary>
    private static DefinitionVersion? Choose(IEnumerable<DefinitionVersion> versions, string? options) => options switch
    {
        null or "" or "Latest" or "AllVersions" => versions.FirstOrDefault(version => version.IsLatest),
        "Published" => versions.FirstOrDefault(version => version.IsPublished),
        "LatestAndPublished" => versions.FirstOrDefault(version => version is { IsLatest: true, IsPublished: true }),
        "LatestOrPublished" => versions.FirstOrDefault(version => version.IsPublished) ?? versions.FirstOrDefault(version => version.IsLatest),
        "Draft" => versions.FirstOrDefault(version => version.IsDraft),
        _ => NumberOf(options) is { } number ? versions.FirstOrDefault(version => version.Number == number) : null,
    };

    private static int? NumberOf(string? options) => int.TryParse(options, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool IsCurrent(StoredDag? dag, DagVersionHead version) => dag is { IsStale: false } && dag.CurrentVersionId == version.Id;
}
