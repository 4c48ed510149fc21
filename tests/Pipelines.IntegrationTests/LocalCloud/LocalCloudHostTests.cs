using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Amazon.S3;
using Npgsql;
using Pipelines.LocalCloud;
using Pipelines.Model.Connections;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.LocalCloud;

public class LocalCloudHostTests
{
    private TemporaryDirectory _directory = null!;

    private LocalCloudOptions Options => new() { DataDirectory = _directory["cloud"], Fsync = false };

    [SetUp]
    public void MakeDirectory() => _directory = new TemporaryDirectory();

    [TearDown]
    public void DeleteDirectory() => _directory.Dispose();

    [Test]
    public async Task Rows_go_from_the_source_by_aws_s3_through_the_S3_endpoint_into_Redshift()
    {
        await using var cloud = await LocalCloudHost.StartAsync(Options);
        await RunAsync(cloud.SourceConnectionString, "CREATE TABLE orders AS SELECT n AS id, 'order ' || n AS label FROM generate_series(1, 1000) n");

        await RunAsync(cloud.SourceConnectionString,
            $"SELECT aws_s3.query_export_to_s3('SELECT * FROM orders', '{cloud.Bucket}', 'orders/part', '{cloud.Region}', 'format csv')");
        using var s3 = new AmazonS3Client(
            cloud.AccessKey, cloud.SecretKey, new AmazonS3Config { ServiceURL = cloud.S3.Uri.ToString(), ForcePathStyle = true, AuthenticationRegion = cloud.Region });
        var listed = await s3.ListObjectsV2Async(new() { BucketName = cloud.Bucket });
        await RunAsync(cloud.RedshiftConnectionString, "CREATE TABLE orders (id int, label varchar(20))");
        await RunAsync(cloud.RedshiftConnectionString, $"COPY orders FROM 's3://{cloud.Bucket}/orders/' IAM_ROLE '{cloud.RoleArn}' FORMAT CSV");

        Assert.That(listed.S3Objects.Select(found => found.Key), Is.EqualTo(new[] { "orders/part" }));
        Assert.That(await RunAsync(cloud.RedshiftConnectionString, "SELECT count(*) FROM orders"), Is.EqualTo(1000));
    }

    [Test]
    public async Task A_restart_finds_keys_objects_and_tables_again()
    {
        string accessKey, redshift;
        await using (var first = await LocalCloudHost.StartAsync(Options))
        {
            (accessKey, redshift) = (first.AccessKey, first.ConnectionUris["redshift_default"]);
            await RunAsync(first.SourceConnectionString, "CREATE TABLE kept AS SELECT 42::bigint AS answer");
            await RunAsync(first.RedshiftConnectionString, "CREATE TABLE warehouse (n bigint)");
            await first.S3.Store.PutAsync(first.Bucket, "kept", Stream.Null);
        }

        await using var second = await LocalCloudHost.StartAsync(Options);

        Assert.That(second.AccessKey, Is.EqualTo(accessKey));
        Assert.That(new Uri(second.ConnectionUris["redshift_default"]).UserInfo, Is.EqualTo(new Uri(redshift).UserInfo));
        Assert.That(await RunAsync(second.SourceConnectionString, "SELECT answer FROM kept"), Is.EqualTo(42));
        Assert.That(await RunAsync(second.RedshiftConnectionString, "SELECT count(*) FROM warehouse"), Is.EqualTo(0));
        Assert.That(second.S3.Store.Find(second.Bucket, "kept"), Is.Not.Null);
    }

    [Test]
    public async Task Its_connection_URIs_are_ones_that_we_read()
    {
        await using var cloud = await LocalCloudHost.StartAsync(Options with { SecretKey = "a/b+c&d=e%", AccessKey = "key" });

        var aws = ConnectionUri.Parse("aws_default", cloud.ConnectionUris["aws_default"]);
        Assert.That((aws.ConnType, aws.Login, aws.Password), Is.EqualTo(("aws", "key", "a/b+c&d=e%")));
        Assert.That(aws.ExtraText("endpoint_url"), Is.EqualTo(cloud.S3.Uri.ToString().TrimEnd('/')));
        Assert.That(aws.ExtraText("region_name"), Is.EqualTo("us-east-1"));
        var redshift = ConnectionUri.Parse("redshift_default", cloud.ConnectionUris["redshift_default"]);
        Assert.That((redshift.ConnType, redshift.Login, redshift.Schema), Is.EqualTo(("redshift", "awsuser", "dev")));
        Assert.That(redshift.ExtraText("role_arn"), Is.EqualTo(cloud.RoleArn));
        Assert.That(cloud.Usage(), Has.Some.Contains("psql").And.Some.Contains("aws --endpoint-url"));
    }

    [Test]
    public async Task When_a_later_part_cannot_start_the_earlier_ones_stop()
    {
        using var holder = new TcpListener(IPAddress.Loopback, 0);
        holder.Start();
        var port = ((IPEndPoint)holder.LocalEndpoint).Port;

        Assert.That(async () => await LocalCloudHost.StartAsync(Options with { RedshiftPort = port }), Throws.Exception.With.Message.Contains($"{port}"));

        // Nobody holds the folders any more: the same directory starts.
        await using var cloud = await LocalCloudHost.StartAsync(Options);
        Assert.That(cloud.Postgres.Port, Is.Not.Zero);
    }

    [Test]
    public void Another_address_with_given_keys_is_refused() =>
        Assert.That(async () => await LocalCloudHost.StartAsync(Options with { BindAddress = IPAddress.Any, AccessKey = "a", SecretKey = "b" }),
            Throws.ArgumentException.With.Message.Contains("generated keys"));

    [Test]
    public async Task Other_machines_reach_every_part_by_its_name_when_it_is_bound_to_every_address()
    {
        await using var cloud = await LocalCloudHost.StartAsync(Options with { BindAddress = IPAddress.Any, HostName = OwnAddress() });

        foreach (var connId in new[] { "postgres_default", "redshift_default" })
        {
            var connection = ConnectionUri.Parse(connId, cloud.ConnectionUris[connId]);
            Assert.That(connection.Host, Is.EqualTo(OwnAddress()));
            var login = new NpgsqlConnectionStringBuilder
            {
                Host = connection.Host,
                Port = connection.Port!.Value,
                Username = connection.Login,
                Password = connection.Password,
                Database = connection.Schema,
            };
            Assert.That(await RunAsync(login.ConnectionString, "SELECT 1"), Is.EqualTo(1), connId);
            login.Password = "guessed";
            Assert.That(() => RunAsync(login.ConnectionString, "SELECT 1"), Throws.InstanceOf<PostgresException>().With.Message.Contains("password authentication failed"), connId);
        }

        var endpoint = ConnectionUri.Parse("aws_default", cloud.ConnectionUris["aws_default"]).ExtraText("endpoint_url");
        using var s3 = new AmazonS3Client(cloud.AccessKey, cloud.SecretKey, new AmazonS3Config { ServiceURL = endpoint, ForcePathStyle = true, AuthenticationRegion = cloud.Region });
        Assert.That((await s3.ListBucketsAsync()).Buckets.Select(bucket => bucket.BucketName), Is.EqualTo(new[] { cloud.Bucket }));
    }

    /// <summary>An address of this machine that is not loopback; where it has none, another loopback address.</summary>
    private static string OwnAddress() => NetworkInterface.GetAllNetworkInterfaces()
        .Where(card => card.OperationalStatus == OperationalStatus.Up)
        .SelectMany(card => card.GetIPProperties().UnicastAddresses)
        .Select(unicast => unicast.Address)
        .FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address))?.ToString() ?? "127.0.0.2";

    private static async Task<object?> RunAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
