namespace Pipelines.Engine.Plugins;

/// <summary>A library of the plugins folder with activities or weight rules of somebody's own, and what became of it in this process.</summary>
/// <param name="File">Its path in the folder, with '/'.</param>
public sealed record Plugin(string File)
{
    /// <summary>Of the library; null: it could not be read.</summary>
    public string? Version { get; init; }

    /// <summary>The types of its activities that DAG files may use.</summary>
    public IReadOnlyList<string> Activities { get; init; } = [];

    /// <summary>The classes of its weight rules that DAG files may use.</summary>
    public IReadOnlyList<string> WeightRules { get; init; } = [];

    /// <summary>All that DAG files have from it; empty: it is not loaded.</summary>
    public IEnumerable<string> Parts => [.. Activities, .. WeightRules];

    /// <summary>What is wrong with it, a sentence or two each; empty: nothing.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];
}
