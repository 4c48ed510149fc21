using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.Api.Studio.Instances;

/// <summary>Which runs to list, as Studio asks for them.</summary>
internal sealed record InstanceQuery
{
    private const int LargestPage = 1000;

    public int? Page { get; init; }

    public int? PageSize { get; init; }

    public string? SearchTerm { get; init; }

    public string? DefinitionId { get; init; }

    public string[]? DefinitionIds { get; init; }

    public int? Version { get; init; }

    public bool? HasIncidents { get; init; }

    public bool? IsSystem { get; init; }

    public string? Status { get; init; }

    public string[]? Statuses { get; init; }

    public string? SubStatus { get; init; }

    public string[]? SubStatuses { get; init; }

    /// <summary>Runs are always in the order they were created: nothing else has an index over all DAGs.</summary>
    public string? OrderDirection { get; init; }

    public TimestampFilter[]? TimestampFilters { get; init; }

    public int Limit => Math.Clamp(PageSize ?? 10, 1, LargestPage);

    public long Offset => (long)Math.Max(Page ?? 0, 0) * Limit;

    public bool OldestFirst => OrderDirection == "Ascending";

    /// <summary>Null: nothing fits.</summary>
    /// <exception cref="Engine.Operations.OperationException">Too many DAGs are named.</exception>
    public DagRunFilter? Filter
    {
        get
        {
            string[] dagIds = [.. DefinitionIds ?? [], .. Given(DefinitionId)];
            var states = InstanceStatus.Parse([.. Statuses ?? [], .. Given(Status)], [.. SubStatuses ?? [], .. Given(SubStatus)]);
            if (HasIncidents == true) states = [.. (states ?? Enum.GetValues<DagRunState>()).Where(state => state == DagRunState.Failed)];
            if (IsSystem == true || states?.Count == 0) return null;
            return new DagRunFilter
            {
                DagIds = dagIds.Length > 0 ? Selected.Of(dagIds) : null,
                States = states,
                Search = string.IsNullOrWhiteSpace(SearchTerm) ? null : SearchTerm.Trim(),
                VersionNumber = Version,
                From = TimestampFilters?.Where(filter => filter.IsFrom).Max(filter => filter.Timestamp),
                To = TimestampFilters?.Where(filter => filter.IsTo).Min(filter => filter.Timestamp),
            };
        }
    }

    private static IEnumerable<string> Given(string? value) => string.IsNullOrEmpty(value) ? [] : [value];
}

/// <summary>A bound on when runs were created.</summary>
internal sealed record TimestampFilter(string? Column, string? Operator, DateTimeOffset? Timestamp)
{
    public bool IsFrom => Operator is "GreaterThan" or "GreaterThanOrEqual";

    public bool IsTo => Operator is "LessThan" or "LessThanOrEqual";
}
