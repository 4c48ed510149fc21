namespace Pipelines.LocalCloud.Redshift.Load;

internal enum CopyCompression { None, Gzip, Zstd }

/// <summary>COPY table FROM 's3://…', as it was written.</summary>
internal sealed record CopyCommand
{
    /// <summary>The table as SQL, quoted where it was.</summary>
    public required string Table { get; init; }

    /// <summary>The columns to fill, as the catalog names them; empty means all.</summary>
    public IReadOnlyList<string> Columns { get; init; } = [];

    public required string Bucket { get; init; }

    /// <summary>A prefix of keys, or with <see cref="IsManifest"/> the one key of the manifest.</summary>
    public required string Key { get; init; }

    public CopyAuthorization? Authorization { get; init; }

    public bool IsManifest { get; init; }

    public bool IsCsv { get; init; }

    public CopyCompression Compression { get; init; }

    public byte? Delimiter { get; init; }

    public byte Quote { get; init; } = (byte)'"';

    public string NullText { get; init; } = "\\N";

    /// <summary>Lines to skip at the start of each file.</summary>
    public int IgnoreHeader { get; init; }

    public string? DateFormat { get; init; }

    public string? TimeFormat { get; init; }

    public bool EmptyAsNull { get; init; }

    public bool BlanksAsNull { get; init; }

    public bool TruncateColumns { get; init; }

    public bool TrimBlanks { get; init; }

    public bool IgnoreBlankLines { get; init; }

    public bool FillRecord { get; init; }

    public bool RoundDecimals { get; init; }

    public bool ExplicitIds { get; init; }

    public bool AcceptAnyDate { get; init; }

    /// <summary>The load fails at this many bad rows; 0 fails at the first.</summary>
    public int MaxError { get; init; }

    /// <summary>The byte that stands for each byte of invalid UTF-8, or null when such rows are rejected.</summary>
    public byte? ReplaceInvalidChars { get; init; }

    public string Url => $"s3://{Bucket}/{Key}";

    /// <summary>The byte between fields.</summary>
    public byte FieldDelimiter => Delimiter ?? (IsCsv ? (byte)',' : (byte)'|');
}

/// <summary>By which right the objects are read: a role's ARN ("default" for the cluster's own), or a key pair.</summary>
internal sealed record CopyAuthorization(string? RoleArn, string? AccessKey = null, string? SecretKey = null);
