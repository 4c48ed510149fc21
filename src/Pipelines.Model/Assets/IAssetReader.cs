using System.Text.Json.Nodes;

namespace Pipelines.Model.Assets;

/// <summary>What a task may know of assets while it runs (airflow-semantics.md §17).</summary>
public interface IAssetReader
{
    /// <summary>What it says that it reads.</summary>
    AssetUse Inlets { get; }

    /// <summary>What it says that it updates.</summary>
    AssetUse Outlets { get; }

    /// <summary>Updates of an asset, see <see cref="AssetEventQuery"/>; events as templates and Python see them, with <c>asset</c>, <c>extra</c>, <c>timestamp</c> and <c>source_…</c>.</summary>
    Task<JsonArray> EventsAsync(AssetEventQuery query, CancellationToken cancellation);

    /// <summary>The updates that the run is about: lists of events by the URIs of their assets; empty unless assets called for the run.</summary>
    Task<JsonObject> TriggeringEventsAsync(CancellationToken cancellation);
}

/// <summary>Which updates are asked for.</summary>
/// <param name="Asset">Of this asset; null: of an alias.</param>
/// <param name="Alias">That came by this alias, whatever the asset; null: of an asset.</param>
public sealed record AssetEventQuery(AssetKey? Asset, string? Alias)
{
    /// <summary>At most so many when nobody says how many: the newest.</summary>
    public const int Most = 1000;

    /// <summary>Of this moment or later; null: from the first.</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Of this moment or earlier; null: to the newest.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>The oldest first.</summary>
    public bool IsAscending { get; init; } = true;

    /// <summary>The first so many in that order; null: all, but of more than <see cref="Most"/> the newest.</summary>
    public int? Limit { get; init; }
}
