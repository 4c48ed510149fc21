using Amazon.Runtime;
using Amazon.S3;
using Pipelines.LocalCloud.S3;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.LocalCloud.S3;

/// <summary>An endpoint with a bucket, and the SDK with the settings that a user would have.</summary>
public abstract class S3Fixture
{
    protected const string AccessKey = "AKIDLOCAL";
    protected const string SecretKey = "local-secret/with+signs";
    protected const string Lake = "lake";

    protected TemporaryDirectory Folder { get; private set; } = null!;

    protected S3Endpoint Endpoint { get; private set; } = null!;

    protected AmazonS3Client Client { get; private set; } = null!;

    [OneTimeSetUp]
    public async Task StartEndpoint()
    {
        Folder = new TemporaryDirectory();
        Endpoint = await S3Endpoint.StartAsync(
            new S3Options { RootDirectory = Path.Combine(Folder.Path, "s3"), AccessKey = AccessKey, SecretKey = SecretKey });
        Client = NewClient(SecretKey);
        Endpoint.Store.CreateBucket(Lake);
    }

    [OneTimeTearDown]
    public async Task StopEndpoint()
    {
        Client.Dispose();
        await Endpoint.DisposeAsync();
        Folder.Dispose();
    }

    protected AmazonS3Client NewClient(string secretKey, Action<AmazonS3Config>? configure = null)
    {
        var config = new AmazonS3Config { ServiceURL = Endpoint.Uri.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1" };
        configure?.Invoke(config);
        return new AmazonS3Client(new BasicAWSCredentials(AccessKey, secretKey), config);
    }

    /// <summary>What an operation is refused with.</summary>
    protected static async Task<(string Code, int Status)> RefusalOf(Func<Task> operation)
    {
        var refused = await Assert.CatchAsync<AmazonS3Exception>(() => operation());
        return (refused!.ErrorCode, (int)refused.StatusCode);
    }
}
