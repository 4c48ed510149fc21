using System.Net;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.Redshift;

/// <summary>How a <see cref="RedshiftEndpoint"/> is set up.</summary>
public sealed record RedshiftOptions
{
    /// <summary>The TCP port; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>Where it listens.</summary>
    public IPAddress BindAddress { get; init; } = IPAddress.Loopback;

    /// <summary>An Npgsql connection string of a superuser on the PostgreSQL server that keeps the tables. Its database is only used to make others.</summary>
    public required string BackendConnectionString { get; init; }

    /// <summary>The databases that clients may name; each is made when it is missing.</summary>
    public IReadOnlyList<string> Databases { get; init; } = ["dev"];

    /// <summary>The one user that may log in.</summary>
    public string User { get; init; } = "awsuser";

    public required string Password { get; init; }

    /// <summary>The role that COPY accepts in IAM_ROLE; DEFAULT means it too.</summary>
    public required string RoleArn { get; init; }

    /// <summary>The key pair that COPY accepts in CREDENTIALS.</summary>
    public required string AccessKey { get; init; }

    public required string SecretKey { get; init; }

    /// <summary>The buckets that COPY reads.</summary>
    public required ObjectStore Store { get; init; }
}
