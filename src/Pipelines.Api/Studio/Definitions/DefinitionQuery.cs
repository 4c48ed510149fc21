using Pipelines.Storage;

namespace Pipelines.Api.Studio.Definitions;

/// <summary>Which definitions to list, as Studio asks for them.</summary>
internal sealed record DefinitionQuery(
    string? VersionOptions, int? Page, int? PageSize, string[] DefinitionIds, string[] Ids, string? SearchTerm, bool? IsSystem, string? OrderBy, string? OrderDirection)
{
    private const int LargestPage = 1000;

    /// <summary>How many on a page.</summary>
    public int Limit => Math.Clamp(PageSize ?? LargestPage, 1, LargestPage);

    /// <summary>How many before it.</summary>
    public int Offset => (int)Math.Min((long)Math.Max(Page ?? 0, 0) * Limit, int.MaxValue);

    /// <summary>All that fit, in any order.</summary>
    /// <exception cref="Engine.Operations.OperationException">Too many are named.</exception>
    public async Task<IReadOnlyList<DefinitionHead>> FindAsync(Transaction tx)
    {
        var wanted = Selected.Of(DefinitionIds).ToHashSet(StringComparer.Ordinal);
        var found = Ids.Length > 0 ? await DefinitionVersions.OfIdsAsync(tx, Selected.Of(Ids))
            : VersionOptions == "AllVersions" && wanted.Count > 0 ? await DefinitionVersions.OfDagsAsync(tx, wanted)
            // Of all DAGs at once nobody asks for every version.
            : await DefinitionVersions.OfEachDagAsync(tx, VersionOptions);
        return [.. found.Where(version => (wanted.Count == 0 || wanted.Contains(version.DagId)) && Fits(version))];
    }

    /// <summary>In the order asked for.</summary>
    public IReadOnlyList<DefinitionHead> Sort(IReadOnlyList<DefinitionHead> found)
    {
        var sorted = OrderBy switch
        {
            "Version" => found.OrderBy(version => version.Number),
            "Created" => found.OrderBy(version => version.CreatedAt),
            _ => found.OrderBy(version => version.Name, StringComparer.OrdinalIgnoreCase).ThenBy(version => version.DagId, StringComparer.Ordinal),
        };
        return OrderDirection == "Descending" ? [.. sorted.Reverse()] : [.. sorted];
    }

    private bool Fits(DefinitionHead version) => string.IsNullOrWhiteSpace(SearchTerm)
        || ((string?[])[version.DagId, version.Name, version.Description]).Any(text => text?.Contains(SearchTerm.Trim(), StringComparison.OrdinalIgnoreCase) == true);
}
