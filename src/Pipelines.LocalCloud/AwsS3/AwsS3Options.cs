namespace Pipelines.LocalCloud.AwsS3;

/// <summary>How <see cref="AwsS3Extension"/> exports.</summary>
public sealed record AwsS3Options
{
    /// <summary>An export of more bytes is cut into several objects, after the last whole row that fits. RDS cuts at about 6 GB.</summary>
    public long MaxObjectBytes { get; init; } = 6_000_000_000;
}
