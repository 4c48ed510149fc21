using System.Net;

namespace Pipelines.LocalCloud;

/// <summary>How a <see cref="LocalCloudHost"/> is set up. Ports are 0 for any free one; keys that are null are generated and kept in the data directory.</summary>
public sealed record LocalCloudOptions
{
    /// <summary>Everything lives here and is found again by the next start; created when missing.</summary>
    public required string DataDirectory { get; init; }

    public int PostgresPort { get; init; }

    public int S3Port { get; init; }

    public int RedshiftPort { get; init; }

    /// <summary>Where all parts listen. Another address than loopback only with generated keys.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>What clients call this machine, in the addresses that they are given.</summary>
    public string HostName { get; init; } = "127.0.0.1";

    public string? AccessKey { get; init; }

    public string? SecretKey { get; init; }

    public string Region { get; init; } = "us-east-1";

    /// <summary>The source database, with aws_s3 in it.</summary>
    public string SourceDatabase { get; init; } = "shop";

    public string RedshiftDatabase { get; init; } = "dev";

    public string? RedshiftPassword { get; init; }

    /// <summary>Made when it is missing.</summary>
    public string Bucket { get; init; } = "lake";

    /// <summary>False trades the data's survival of a power cut for speed.</summary>
    public bool Fsync { get; init; } = true;

    /// <summary>Given, the PostgreSQL behind source and Redshift is started again when it ends by itself, and this is told; null: it stays ended.</summary>
    public Action<string>? OnTrouble { get; init; }
}
