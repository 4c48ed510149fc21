using System.Net;

namespace Pipelines.LocalCloud.S3;

/// <summary>Where an S3 endpoint keeps its objects and how it is reached.</summary>
public sealed record S3Options
{
    /// <summary>Objects live here; created if missing; a restart finds them again.</summary>
    public required string RootDirectory { get; init; }

    /// <summary>0: any free port.</summary>
    public int Port { get; init; }

    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    public required string AccessKey { get; init; }

    public required string SecretKey { get; init; }

    public string Region { get; init; } = "us-east-1";
}
