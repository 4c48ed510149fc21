using System.Text.Json.Serialization;

namespace Pipelines.Activities.Extracts;

/// <summary>Our own part of a manifest: all that a load or a recount needs to know of the extract.</summary>
internal sealed record ExtractRecord
{
    /// <summary>The task instance that extracted, <c>dag.task [run]</c>.</summary>
    public required string Task { get; init; }

    /// <summary>Id of the source's connection.</summary>
    public required string Connection { get; init; }

    /// <summary>The source table; null when a query was given.</summary>
    public string? Table { get; init; }

    /// <summary>The statement whose rows were extracted.</summary>
    public required string Sql { get; init; }

    /// <summary>The statement that counts them.</summary>
    public required string CountSql { get; init; }

    /// <summary>Rows that the source counted in the snapshot of the extract.</summary>
    public required long SourceRows { get; init; }

    /// <summary>The column that the interval selects by; null: not filtered.</summary>
    public string? IntervalColumn { get; init; }

    /// <summary>Start of the interval, inclusive.</summary>
    public DateTimeOffset? IntervalStart { get; init; }

    /// <summary>End of the interval, exclusive.</summary>
    public DateTimeOffset? IntervalEnd { get; init; }

    /// <summary>An unquoted field with this text is NULL; random per attempt, so that no value of the table equals it.</summary>
    public required string NullMarker { get; init; }

    /// <summary>gzip, zstd or none.</summary>
    public required string Compression { get; init; }

    /// <summary>The columns in the order of the files.</summary>
    public required IReadOnlyList<ExtractColumn> Columns { get; init; }

    /// <summary>Seconds from the start of the extract to the writing of the manifest.</summary>
    public required double Seconds { get; init; }

    /// <summary>S3's entity tags of the files, in the order of the entries: they change when a file is overwritten.</summary>
    public IReadOnlyList<string?> EntityTags { get; init; } = [];
}

/// <summary>A column on both sides.</summary>
/// <param name="Name">As the source spells it.</param>
/// <param name="SourceType">Its type in the source.</param>
/// <param name="TargetType">The Redshift type that holds every value of it.</param>
internal sealed record ExtractColumn([property: JsonRequired] string Name, [property: JsonRequired] string SourceType, [property: JsonRequired] string TargetType);
