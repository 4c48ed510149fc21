using Pipelines.Storage;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>Which definitions to list, as Studio asks for them.</summary>
internal sealed record DefinitionQuery(
    string? VersionOptions, int? Page, int? PageSize, string[] DefinitionIds, string[] Ids, string? SearchTerm, bool? IsSystem, string? OrderBy, string? OrderDirection)
{
    // Studio asks for the versions of a page of runs.
    private const int MostIds = 1000;

    /// <summary>All that fit, in any order.</summary>
    public async Task<IReadOnlyList<DefinitionVersion>> FindAsync(Transaction tx)
    {
        var found = Ids.Length > 0 ? await ByIdsAsync(tx, Ids)
            : VersionOptions == "AllVersions" ? await AllVersionsAsync(tx)
            : await DefinitionVersions.OfEachDagAsync(tx, VersionOptions);
        var wanted = DefinitionIds.ToHashSet(StringComparer.Ordinal);
        return [.. found.Where(version => (wanted.Count == 0 || wanted.Contains(version.DagId)) && Fits(version))];
    }

    /// <summary>Those of these ids that exist.</summary>
    public static async Task<IReadOnlyList<DefinitionVersion>> ByIdsAsync(Transaction tx, IReadOnlyList<string> ids)
    {
        List<DefinitionVersion> found = [];
        foreach (var id in ids.Take(MostIds).Distinct()) if (await DefinitionVersions.FindAsync(tx, id) is { } version) found.Add(version);
        return found;
    }

    /// <summary>In the order asked for.</summary>
    public IReadOnlyList<DefinitionVersion> Sort(IReadOnlyList<DefinitionVersion> found)
    {
        var sorted = OrderBy switch
        {
            "Version" => found.OrderBy(version => version.Number),
            "Created" => found.OrderBy(version => version.CreatedAt),
            _ => found.OrderBy(version => version.Name, StringComparer.OrdinalIgnoreCase).ThenBy(version => version.DagId, StringComparer.Ordinal),
        };
        return OrderDirection == "Descending" ? [.. sorted.Reverse()] : [.. sorted];
    }

    private async Task<IReadOnlyList<DefinitionVersion>> AllVersionsAsync(Transaction tx)
    {
        IEnumerable<string> dagIds = DefinitionIds.Length > 0 ? DefinitionIds.Distinct() : (await DefinitionVersions.OfEachDagAsync(tx, "Latest")).Select(version => version.DagId);
        List<DefinitionVersion> found = [];
        foreach (var dagId in dagIds) found.AddRange(await DefinitionVersions.OfDagAsync(tx, dagId));
        return found;
    }

    private bool Fits(DefinitionVersion version) => string.IsNullOrWhiteSpace(SearchTerm)
        || ((string?[])[version.DagId, version.Name, version.Description]).Any(text => text?.Contains(SearchTerm.Trim(), StringComparison.OrdinalIgnoreCase) == true);
}
