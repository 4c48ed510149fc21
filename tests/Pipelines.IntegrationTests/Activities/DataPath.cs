using System.Text.Json.Nodes;
using Amazon.S3;
using Amazon.S3.Model;
using Npgsql;
using Pipelines.Activities;
using Pipelines.LocalCloud.AwsS3;
using Pipelines.LocalCloud.Redshift;
using Pipelines.LocalCloud.S3;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Runs;
using Pipelines.Model.Timetables;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>The whole path for a test: a source database that has aws_s3, an S3 endpoint with the bucket <c>lake</c>, and a Redshift endpoint.</summary>
internal sealed class DataPath : IAsyncDisposable
{
    public const string Bucket = "lake";

    private const string Role = "arn:aws:iam::000000000000:role/load";
    private const string Password = "Secret pass'word1";
    private static readonly DateTimeOffset FirstOfMay = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly TemporaryDirectory _folder;
    private readonly AwsS3Extension _export;
    private readonly TestDatabase _target;
    private readonly RedshiftEndpoint _redshift;

    private DataPath(TestDatabase source, TestDatabase target, S3Endpoint s3, RedshiftEndpoint redshift, AwsS3Extension export, TemporaryDirectory folder) =>
        (Source, _target, S3, _redshift, _export, _folder) = (source, target, s3, redshift, export, folder);

    public TestDatabase Source { get; }

    public S3Endpoint S3 { get; }

    /// <summary>The day that runs move unless a test says otherwise.</summary>
    public static DataInterval Day => new(FirstOfMay, FirstOfMay.AddDays(1));

    public static async Task<DataPath> StartAsync()
    {
        var server = await TestPostgres.ServerAsync();
        var folder = new TemporaryDirectory();
        var target = await TestPostgres.CreateDatabaseAsync();
        var s3 = await S3Endpoint.StartAsync(new S3Options { RootDirectory = folder.Path, AccessKey = "key", SecretKey = "secret-of-key" });
        s3.Store.CreateBucket(Bucket);
        var redshift = await RedshiftEndpoint.StartAsync(new RedshiftOptions
        {
            BackendConnectionString = server.ConnectionString(),
            Databases = [target.Name],
            Password = Password,
            RoleArn = Role,
            AccessKey = "key",
            SecretKey = "secret-of-key",
            Store = s3.Store,
        });
        var source = await TestPostgres.CreateDatabaseAsync();
        var export = await AwsS3Extension.InstallAsync(server, source.Name, s3.Store);
        return new DataPath(source, target, s3, redshift, export, folder);
    }

    public Connection SourceConnection
    {
        get
        {
            var settings = new NpgsqlConnectionStringBuilder(Source.ConnectionString);
            return new Connection("postgres_default", "postgres") { Host = settings.Host, Port = settings.Port, Login = settings.Username, Password = settings.Password, Schema = settings.Database };
        }
    }

    public Connection TargetConnection => new("redshift_default", "redshift")
    {
        Host = "127.0.0.1",
        Port = _redshift.Port,
        Login = "awsuser",
        Password = Password,
        Schema = _target.Name,
        Extra = new JsonObject { ["role_arn"] = Role },
    };

    public Connection AwsConnection => AwsThrough(S3.Uri);

    /// <summary>A task of the day's run with all connections.</summary>
    public ActivityEnvironment Task(string taskId)
    {
        var environment = new ActivityEnvironment { Key = new TaskInstanceKey("shop", "scheduled__2026-05-01T00:00:00+00:00", taskId), Interval = Day };
        environment.Add(SourceConnection);
        environment.Add(TargetConnection);
        environment.Add(AwsConnection);
        return environment;
    }

    /// <summary>Runs an extract that must succeed.</summary>
    public Task<JsonObject> ExtractAsync(params (string Name, string Value)[] inputs) => Task("extract").SucceedAsync(new ExtractToS3(), Inputs([("bucket", Bucket), .. inputs]));

    /// <summary>Runs a load of an extract's return value that must succeed.</summary>
    public Task<JsonObject> LoadAsync(JsonObject extract, params (string Name, string Value)[] inputs) => Loader(extract).SucceedAsync(new CopyToRedshift(), Inputs(inputs));

    /// <summary>Runs a load that must fail.</summary>
    public async Task<TaskFailure> FailToLoadAsync(JsonObject extract, params (string Name, string Value)[] inputs) =>
        await FailAsync(() => Loader(extract).RunAsync(new CopyToRedshift(), Inputs(inputs)));

    /// <summary>A load task behind an extract task that returned this.</summary>
    public ActivityEnvironment Loader(JsonObject extract, string taskId = "load")
    {
        var environment = Task(taskId);
        environment.Returned("extract", extract);
        return environment;
    }

    /// <summary>Inputs by name; the last of one name counts.</summary>
    public static Dictionary<string, string?> Inputs(params (string Name, string Value)[] inputs) => inputs.Reverse().DistinctBy(input => input.Name).ToDictionary(input => input.Name, input => (string?)input.Value);

    public static async Task<TaskFailure> FailAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (TaskFailure failure)
        {
            return failure;
        }
        throw new AssertionException("A TaskFailure was expected.");
    }

    /// <summary>The AWS connection with another S3 endpoint, e.g. a proxy.</summary>
    public static Connection AwsThrough(Uri endpoint) => new("aws_default", "aws")
    {
        Login = "key",
        Password = "secret-of-key",
        Extra = new JsonObject { ["endpoint_url"] = endpoint.ToString(), ["region_name"] = "us-east-1" },
    };

    /// <summary>Keys of uploads in parts that nobody completed or aborted.</summary>
    public async Task<string[]> OpenUploadsAsync()
    {
        using var client = new AmazonS3Client("key", "secret-of-key", new AmazonS3Config { ServiceURL = S3.Uri.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        return [.. ((await client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = Bucket })).MultipartUploads ?? []).Select(upload => upload.Key)];
    }

    public Task<string[]> SourceRowsAsync(string sql) => RowsAsync(Source.ConnectionString, sql);

    public Task<string[]> TargetRowsAsync(string sql) => RowsAsync(TargetConnectionString, sql);

    public async Task<long> TargetCountAsync(string table) => long.Parse((await TargetRowsAsync($"SELECT count(*) FROM {table}")).Single(), System.Globalization.CultureInfo.InvariantCulture);

    public Task RunInTargetAsync(string sql) => RowsAsync(TargetConnectionString, sql);

    /// <summary>Writes an object into the bucket.</summary>
    public async Task PutAsync(string key, string text)
    {
        using var client = new AmazonS3Client("key", "secret-of-key", new AmazonS3Config { ServiceURL = S3.Uri.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await client.PutObjectAsync(new PutObjectRequest { BucketName = Bucket, Key = key, ContentBody = text });
    }

    /// <summary>Keys in the bucket.</summary>
    public string[] Keys() => [.. S3.Store.List(Bucket).Select(item => item.Key)];

    private string TargetConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = _redshift.Port,
        Username = "awsuser",
        Password = Password,
        Database = _target.Name,
        Pooling = false,
    }.ConnectionString;

    public async ValueTask DisposeAsync()
    {
        await _redshift.DisposeAsync();
        await _export.DisposeAsync();
        await S3.DisposeAsync();
        await Source.DisposeAsync();
        await _target.DisposeAsync();
        _folder.Dispose();
    }

    /// <summary>All rows as text, values between bars, NULL as ∅.</summary>
    private static async Task<string[]> RowsAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var zone = new NpgsqlCommand("SET TimeZone = 'UTC'", connection);
        await zone.ExecuteNonQueryAsync();
        await using var command = new NpgsqlCommand(sql, connection) { AllResultTypesAreUnknown = true };
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? "∅" : reader.GetString(i))));
        return [.. rows];
    }
}
