using Amazon.Runtime;
using Amazon.S3;
using Pipelines.Model.Connections;

namespace Pipelines.Benchmarks.Extracts;

/// <summary>The bucket that extracts write to.</summary>
internal sealed class Lake(Connection connection) : IDisposable
{
    private readonly AmazonS3Client _client = new(new BasicAWSCredentials(connection.Login, connection.Password), new AmazonS3Config
    {
        ServiceURL = connection.ExtraText("endpoint_url"),
        AuthenticationRegion = connection.ExtraText("region_name"),
        ForcePathStyle = true,
    });

    /// <summary>Deletes all objects, so that the next extract does not find a fuller disk and page cache than this one.</summary>
    public async Task ClearAsync()
    {
        await foreach (var file in _client.Paginators.ListObjectsV2(new() { BucketName = ExtractBench.Bucket }).S3Objects)
            await _client.DeleteObjectAsync(ExtractBench.Bucket, file.Key);
    }

    public void Dispose() => _client.Dispose();
}
