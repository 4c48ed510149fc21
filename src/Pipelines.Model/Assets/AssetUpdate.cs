using System.Text.Json.Nodes;

namespace Pipelines.Model.Assets;

/// <summary>What a task says of an update that it has made, where that it succeeded does not say all.</summary>
/// <param name="Asset">One of its outlets; with an alias any asset.</param>
/// <param name="Extra">Kept with the event, e.g. how many rows were loaded.</param>
/// <param name="Alias">The alias among its outlets that stands for the asset this time; null: the asset itself is an outlet.</param>
public sealed record AssetUpdate(Asset Asset, JsonObject Extra, string? Alias = null);
