namespace Pipelines.Model.Assets;

/// <summary>When a DAG that waits for assets is to run (airflow-semantics.md §17): a tree of "all" and "any" over assets and aliases. Pure.</summary>
public abstract record AssetCondition
{
    private AssetCondition()
    {
    }

    /// <summary>Whether it holds.</summary>
    /// <param name="isUpdated">True for an asset that was updated since the last run that assets called for.</param>
    /// <param name="assetsOfAlias">The assets that an alias has stood for until now.</param>
    public abstract bool Holds(Func<AssetKey, bool> isUpdated, Func<string, IReadOnlyCollection<AssetKey>> assetsOfAlias);

    /// <summary>The assets it names, each once, in the order of the file.</summary>
    public IReadOnlyList<Asset> Assets => [.. Leaves().OfType<Single>().Select(leaf => leaf.Asset).DistinctBy(asset => asset.Key)];

    /// <summary>The aliases it names, each once, in the order of the file.</summary>
    public IReadOnlyList<string> Aliases => [.. Leaves().OfType<OfAlias>().Select(leaf => leaf.Alias).Distinct(StringComparer.Ordinal)];

    /// <summary>As a person reads it, e.g. <c>orders and (customers or leads)</c>.</summary>
    public abstract string Summary { get; }

    private protected abstract IEnumerable<AssetCondition> Leaves();

    private static string InBrackets(AssetCondition part) => part is Several { Parts.Count: > 1 } ? $"({part.Summary})" : part.Summary;

    /// <summary>One asset.</summary>
    /// <param name="Asset">Which.</param>
    public sealed record Single(Asset Asset) : AssetCondition
    {
        /// <inheritdoc/>
        public override string Summary => Asset.Name;

        /// <inheritdoc/>
        public override bool Holds(Func<AssetKey, bool> isUpdated, Func<string, IReadOnlyCollection<AssetKey>> assetsOfAlias) => isUpdated(Asset.Key);

        private protected override IEnumerable<AssetCondition> Leaves() => [this];
    }

    /// <summary>Any of the assets that an alias has stood for; none until a task has said which.</summary>
    /// <param name="Alias">Its name.</param>
    public sealed record OfAlias(string Alias) : AssetCondition
    {
        /// <inheritdoc/>
        public override string Summary => $"alias {Alias}";

        /// <inheritdoc/>
        public override bool Holds(Func<AssetKey, bool> isUpdated, Func<string, IReadOnlyCollection<AssetKey>> assetsOfAlias) => assetsOfAlias(Alias).Any(isUpdated);

        private protected override IEnumerable<AssetCondition> Leaves() => [this];
    }

    /// <summary>Conditions together.</summary>
    /// <param name="Parts">One or more.</param>
    public abstract record Several(IReadOnlyList<AssetCondition> Parts) : AssetCondition
    {
        private protected override IEnumerable<AssetCondition> Leaves() => Parts.SelectMany(part => part.Leaves());
    }

    /// <summary>Every one holds.</summary>
    public sealed record All(IReadOnlyList<AssetCondition> Parts) : Several(Parts)
    {
        /// <inheritdoc/>
        public override string Summary => string.Join(" and ", Parts.Select(InBrackets));

        /// <inheritdoc/>
        public override bool Holds(Func<AssetKey, bool> isUpdated, Func<string, IReadOnlyCollection<AssetKey>> assetsOfAlias) =>
            Parts.All(part => part.Holds(isUpdated, assetsOfAlias));
    }

    /// <summary>One holds.</summary>
    public sealed record Any(IReadOnlyList<AssetCondition> Parts) : Several(Parts)
    {
        /// <inheritdoc/>
        public override string Summary => string.Join(" or ", Parts.Select(InBrackets));

        /// <inheritdoc/>
        public override bool Holds(Func<AssetKey, bool> isUpdated, Func<string, IReadOnlyCollection<AssetKey>> assetsOfAlias) =>
            Parts.Any(part => part.Holds(isUpdated, assetsOfAlias));
    }
}
