namespace Pipelines.Model.Activities;

/// <summary>Where the designer finds suggestions for an input. Other values stay allowed.</summary>
/// <param name="Kind">What is listed.</param>
/// <param name="ConnectionTypes">For <see cref="OptionKind.Connections"/>: the types that fit.</param>
/// <param name="ConnectionInput">For tables and columns: the input that names the connection to ask.</param>
/// <param name="TableInput">For columns: the input that names the table.</param>
public sealed record OptionSource(OptionKind Kind, IReadOnlyList<string> ConnectionTypes, string? ConnectionInput, string? TableInput)
{
    /// <summary>For <see cref="OptionKind.Values"/>: what is listed.</summary>
    public IReadOnlyList<string> Listed { get; private init; } = [];

    /// <summary>These; unlike <see cref="InputDescriptor.Options"/> no others are refused.</summary>
    public static OptionSource Values(params string[] values) => new(OptionKind.Values, [], null, null) { Listed = values };

    /// <summary>Stored connections of these types.</summary>
    public static OptionSource Connections(params string[] types) => new(OptionKind.Connections, types, null, null);

    /// <summary>Pools that there are.</summary>
    public static OptionSource Pools { get; } = new(OptionKind.Pools, [], null, null);

    /// <summary>Tables (or buckets) that the connection of another input sees.</summary>
    public static OptionSource Tables(string connectionInput) => new(OptionKind.Tables, [], connectionInput, null);

    /// <summary>Columns of the table of another input.</summary>
    public static OptionSource Columns(string connectionInput, string tableInput) => new(OptionKind.Columns, [], connectionInput, tableInput);
}

/// <summary>What an <see cref="OptionSource"/> lists.</summary>
public enum OptionKind
{
    /// <summary>Values that are always the same.</summary>
    Values,

    /// <summary>Connection ids.</summary>
    Connections,

    /// <summary>Names of pools.</summary>
    Pools,

    /// <summary>Tables or buckets.</summary>
    Tables,

    /// <summary>Columns.</summary>
    Columns,
}
