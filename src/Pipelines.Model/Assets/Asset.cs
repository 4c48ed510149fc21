using System.Text.Json.Nodes;

namespace Pipelines.Model.Assets;

/// <summary>
/// Data that tasks update and that DAGs wait for (airflow-semantics.md §17). Name and URI are each unique among the assets of an
/// installation that are in use; the URI is a name too, nothing opens it.
/// </summary>
/// <param name="Name">1–1,500 ASCII characters; the URI where none is given.</param>
/// <param name="Uri">1–1,500 ASCII characters; the name where none is given.</param>
public sealed record Asset(string Name, string Uri)
{
    /// <summary>The group of an asset that names none.</summary>
    public const string DefaultGroup = "asset";

    /// <summary>For people: assets of one kind.</summary>
    public string Group { get; init; } = DefaultGroup;

    /// <summary>What its author says of it; not part of what it is.</summary>
    public JsonObject Extra { get; init; } = [];

    /// <summary>What looks for updates of it that no task makes; only of an asset that a DAG waits for.</summary>
    public IReadOnlyList<AssetWatcher> Watchers { get; init; } = [];

    /// <summary>What tells it from others.</summary>
    public AssetKey Key => new(Name, Uri);
}

/// <summary>What tells an asset from others.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Uri">Its URI.</param>
public readonly record struct AssetKey(string Name, string Uri)
{
    /// <inheritdoc/>
    public override string ToString() => Name;
}
