namespace Pipelines.Model.Assets;

/// <summary>What a task says it reads or updates: assets, and aliases that become assets while it runs.</summary>
/// <param name="Assets">Those known beforehand.</param>
/// <param name="Aliases">Names of aliases.</param>
public sealed record AssetUse(IReadOnlyList<Asset> Assets, IReadOnlyList<string> Aliases)
{
    /// <summary>Nothing.</summary>
    public static AssetUse None { get; } = new([], []);
}
