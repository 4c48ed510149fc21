using System.Net.Sockets;
using Pipelines.LocalCloud.AwsS3;
using Pipelines.LocalCloud.Postgres;
using Pipelines.LocalCloud.Redshift;
using Pipelines.LocalCloud.S3;

namespace Pipelines.LocalCloud;

/// <summary>An AWS on this machine: a source PostgreSQL with aws_s3, an S3 and a Redshift, started together and stopped together.</summary>
public sealed class LocalCloudHost : IAsyncDisposable
{
    private const string RedshiftUser = "awsuser";

    private readonly LocalCloudOptions _options;
    private readonly LocalCloudKeys _keys;
    private readonly Stack<IAsyncDisposable> _parts;
    private readonly RedshiftEndpoint _redshift;

    private LocalCloudHost(
        LocalCloudOptions options, LocalCloudKeys keys, Stack<IAsyncDisposable> parts, EmbeddedPostgres postgres, S3Endpoint s3, RedshiftEndpoint redshift)
    {
        (_options, _keys, _parts, _redshift) = (options, keys, parts, redshift);
        (Postgres, S3) = (postgres, s3);
    }

    public EmbeddedPostgres Postgres { get; }

    public S3Endpoint S3 { get; }

    public string AccessKey => _keys.AccessKey;

    public string SecretKey => _keys.SecretKey;

    public string Region => _options.Region;

    public string Bucket => _options.Bucket;

    /// <summary>The role that the Redshift endpoint accepts in COPY … IAM_ROLE.</summary>
    public string RoleArn { get; } = LocalCloudKeys.RoleArn;

    /// <summary>Npgsql connection string of the source database.</summary>
    public string SourceConnectionString => Postgres.ConnectionString(_options.SourceDatabase);

    public string SourceUri => Postgres.Uri(_options.SourceDatabase, host: _options.HostName);

    /// <summary>Npgsql connection string of the Redshift endpoint.</summary>
    public string RedshiftConnectionString =>
        $"Host=127.0.0.1;Port={_redshift.Port};Database={_options.RedshiftDatabase};Username={RedshiftUser};Password={_keys.RedshiftPassword};"
        + "Server Compatibility Mode=Redshift";

    /// <summary>Connections in Airflow's URI form, by connection id: <c>postgres_default</c>, <c>aws_default</c>, <c>redshift_default</c>.</summary>
    public IReadOnlyDictionary<string, string> ConnectionUris => new Dictionary<string, string>
    {
        ["postgres_default"] = SourceUri,
        ["aws_default"] = $"aws://{Escape(AccessKey)}:{Escape(SecretKey)}@/?endpoint_url={Escape(S3Url)}&region_name={Escape(Region)}",
        ["redshift_default"] = $"redshift://{RedshiftUser}:{Escape(_keys.RedshiftPassword)}@{_options.HostName}:{_redshift.Port}/{Escape(_options.RedshiftDatabase)}"
            + $"?role_arn={Escape(RoleArn)}",
    };

    private string S3Url => $"http://{_options.HostName}:{S3.Uri.Port}";

    /// <summary>Starts all parts; what had started stops again when one fails.</summary>
    /// <exception cref="EmbeddedPostgresException">PostgreSQL cannot be started here.</exception>
    /// <exception cref="IOException">A port or the folder is in use.</exception>
    /// <exception cref="ArgumentException">Another address than loopback with keys that were not generated.</exception>
    public static async Task<LocalCloudHost> StartAsync(LocalCloudOptions options, CancellationToken cancel = default)
    {
        if (!System.Net.IPAddress.IsLoopback(options.BindAddress) && (options.AccessKey ?? options.SecretKey ?? options.RedshiftPassword) is not null)
            throw new ArgumentException($"LocalCloud listens on {options.BindAddress} only with generated keys: leave the access key, the secret key and the password out.", nameof(options));
        var parts = new Stack<IAsyncDisposable>();
        try
        {
            return await StartPartsAsync(options, parts, cancel);
        }
        catch
        {
            await StopAsync(parts);
            throw;
        }
    }

    /// <summary>How to reach the parts with <c>aws</c>, <c>psql</c> and our own connections. Holds the secrets.</summary>
    public IEnumerable<string> Usage()
    {
        yield return $"S3        export AWS_ACCESS_KEY_ID={AccessKey} AWS_SECRET_ACCESS_KEY={SecretKey} AWS_DEFAULT_REGION={Region}";
        yield return $"          aws --endpoint-url {S3Url} s3 ls s3://{Bucket}";
        yield return $"source    psql '{SourceUri}'";
        yield return $"Redshift  psql 'postgres://{RedshiftUser}:{_keys.RedshiftPassword}@{_options.HostName}:{_redshift.Port}/{_options.RedshiftDatabase}'";
        foreach (var (connId, uri) in ConnectionUris)
            yield return $"          pipelines connections add {connId} --conn-uri '{uri}'";
    }

    public ValueTask DisposeAsync() => StopAsync(_parts);

    private static async Task<LocalCloudHost> StartPartsAsync(LocalCloudOptions options, Stack<IAsyncDisposable> parts, CancellationToken cancel)
    {
        T Started<T>(T part) where T : IAsyncDisposable
        {
            parts.Push(part);
            return part;
        }

        Directory.CreateDirectory(options.DataDirectory);
        var postgres = Started(await EmbeddedPostgres.StartAsync(
            new PostgresOptions { DataDirectory = Path.Combine(options.DataDirectory, "postgres"), Port = options.PostgresPort, BindAddress = options.BindAddress, Fsync = options.Fsync, OnTrouble = options.OnTrouble }, cancel));
        var keys = LocalCloudKeys.Of(options);
        var s3 = Started(await S3Endpoint.StartAsync(
            new S3Options
            {
                RootDirectory = Path.Combine(options.DataDirectory, "s3"),
                Port = options.S3Port,
                BindAddress = options.BindAddress,
                AccessKey = keys.AccessKey,
                SecretKey = keys.SecretKey,
                Region = options.Region,
            }, cancellationToken: cancel));
        s3.Store.CreateBucket(options.Bucket);
        await postgres.EnsureDatabaseAsync(options.SourceDatabase, cancel: cancel);
        Started(await AwsS3Extension.InstallAsync(postgres, options.SourceDatabase, s3.Store, cancel: cancel));
        var redshift = Started(await StartRedshiftAsync(RedshiftOptionsOf(options, keys, postgres, s3), cancel));
        return new LocalCloudHost(options, keys, parts, postgres, s3, redshift);
    }

    private static async Task<RedshiftEndpoint> StartRedshiftAsync(RedshiftOptions options, CancellationToken cancel)
    {
        try
        {
            return await RedshiftEndpoint.StartAsync(options, cancel);
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new IOException(
                $"The Redshift endpoint cannot use {options.BindAddress}:{options.Port}: the port is taken. Stop the program that holds it or choose another port.", taken);
        }
    }

    private static RedshiftOptions RedshiftOptionsOf(LocalCloudOptions options, LocalCloudKeys keys, EmbeddedPostgres postgres, S3Endpoint s3) => new()
    {
        Port = options.RedshiftPort,
        BindAddress = options.BindAddress,
        BackendConnectionString = postgres.ConnectionString(),
        Databases = [options.RedshiftDatabase],
        User = RedshiftUser,
        Password = keys.RedshiftPassword,
        RoleArn = LocalCloudKeys.RoleArn,
        AccessKey = keys.AccessKey,
        SecretKey = keys.SecretKey,
        Store = s3.Store,
    };

    // Last started, first stopped: what needs the server goes before it.
    private static async ValueTask StopAsync(Stack<IAsyncDisposable> parts)
    {
        while (parts.TryPop(out var part))
            await part.DisposeAsync();
    }

    private static string Escape(string text) => System.Uri.EscapeDataString(text);
}
