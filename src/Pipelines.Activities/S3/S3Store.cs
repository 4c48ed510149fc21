using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Amazon;
using Amazon.Runtime;
using Amazon.Runtime.Credentials;
using Amazon.S3;
using Amazon.S3.Model;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.Activities.S3;

/// <summary>
/// S3 as one connection of type <c>aws</c> reaches it. Every error leaves it as a sorted <see cref="TaskFailure"/> with the SDK's exception inside.
/// </summary>
internal sealed class S3Store : IDisposable
{
    /// <summary>Bytes per write to the network; the SDK's 8 KiB make thousands of system calls per part.</summary>
    private const int SendSize = 256 * 1024;

    private static readonly TimeSpan StandardReadTimeout = TimeSpan.FromSeconds(60);

    private readonly Connection _connection;
    private readonly AWSCredentials? _credentials;

    private S3Store(Connection connection, AWSCredentials? credentials, IAmazonS3 client, string region) =>
        (_connection, _credentials, Client, Region) = (connection, credentials, client, region);

    /// <summary>The SDK's client, for uploads in parts.</summary>
    public IAmazonS3 Client { get; }

    /// <summary>The region that requests are signed for.</summary>
    public string Region { get; }

    /// <summary>True over TLS, which protects bodies already: signing them too would hash every byte for nothing.</summary>
    public bool IsEncrypted => Client.Config.ServiceURL?.StartsWith("http:", StringComparison.OrdinalIgnoreCase) != true;

    /// <summary>Reads the connection; nothing is sent yet.</summary>
    /// <exception cref="TaskFailure">The connection is of another type (not retryable).</exception>
    public static S3Store Open(Connection connection)
    {
        if (connection.ConnType != "aws")
            throw new TaskFailure($"Connection '{connection.ConnId}' has type '{connection.ConnType}', but this input needs a connection of type aws.", retryable: false);
        var endpoint = connection.ExtraText("endpoint_url");
        var region = connection.ExtraText("region_name") ?? Environment.GetEnvironmentVariable("AWS_REGION")
            ?? Environment.GetEnvironmentVariable("AWS_DEFAULT_REGION") ?? "us-east-1";
        var config = new AmazonS3Config { AuthenticationRegion = region, BufferSize = SendSize, HttpClientFactory = new AnswerTimeout.Factory(ReadTimeout(connection)) };
        if (endpoint is null) config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        else (config.ServiceURL, config.ForcePathStyle) = (endpoint, true);
        var credentials = Credentials(connection);
        var client = credentials is null ? new AmazonS3Client(config) : new AmazonS3Client(credentials, config);
        return new S3Store(connection, credentials, client, region);
    }

    /// <summary>The credentials in use, for a COPY that has no role to run as. Never log them.</summary>
    public Task<ImmutableCredentials> CredentialsAsync() => SortedAsync("find AWS credentials", async () =>
        await (_credentials ?? DefaultAWSCredentialsIdentityResolver.GetCredentials()).GetCredentialsAsync());

    /// <summary>Writes a small object.</summary>
    public Task PutTextAsync(S3Url url, string text, CancellationToken cancellation) => SortedAsync($"write {url}", async () =>
        await Client.PutObjectAsync(new PutObjectRequest { BucketName = url.Bucket, Key = url.Key, ContentBody = text, ContentType = "application/json" }, cancellation));

    /// <summary>Reads a small object.</summary>
    public Task<string> GetTextAsync(S3Url url, CancellationToken cancellation) => SortedAsync($"read {url}", async () =>
    {
        using var response = await Client.GetObjectAsync(url.Bucket, url.Key, cancellation);
        using var reader = new StreamReader(response.ResponseStream, Encoding.UTF8);
        return await reader.ReadToEndAsync(cancellation);
    });

    /// <summary>Size and entity tag of an object, or null when there is none.</summary>
    public Task<StoredObject?> FindAsync(S3Url url, CancellationToken cancellation) => SortedAsync($"look at {url}", async () =>
    {
        try
        {
            var head = await Client.GetObjectMetadataAsync(url.Bucket, url.Key, cancellation);
            return new StoredObject(url, head.ContentLength, head.ETag);
        }
        catch (AmazonS3Exception error) when (error.StatusCode == HttpStatusCode.NotFound && error.ErrorCode != "NoSuchBucket")
        {
            return null;
        }
    });

    /// <summary>All objects whose key starts with the URL's key.</summary>
    public Task<List<StoredObject>> ListAsync(S3Url prefix, CancellationToken cancellation) => SortedAsync($"list {prefix}", async () =>
    {
        List<StoredObject> objects = [];
        var request = new ListObjectsV2Request { BucketName = prefix.Bucket, Prefix = prefix.Key };
        do
        {
            var page = await Client.ListObjectsV2Async(request, cancellation);
            objects.AddRange((page.S3Objects ?? []).Select(item => new StoredObject(prefix with { Key = item.Key }, item.Size ?? 0, item.ETag)));
            request.ContinuationToken = page.IsTruncated == true ? page.NextContinuationToken : null;
        }
        while (request.ContinuationToken is not null);
        return objects;
    });

    /// <summary>Deletes an object; one that does not exist is no error.</summary>
    public Task DeleteAsync(S3Url url, CancellationToken cancellation) => SortedAsync($"delete {url}", async () =>
        await Client.DeleteObjectAsync(url.Bucket, url.Key, cancellation));

    /// <summary>All uploads in parts that were begun and neither completed nor aborted, of objects whose key starts with the URL's key.</summary>
    public Task<List<(S3Url Url, string UploadId)>> ListUploadsAsync(S3Url prefix, CancellationToken cancellation) => SortedAsync($"list the open uploads of {prefix}", async () =>
    {
        List<(S3Url, string)> uploads = [];
        var request = new ListMultipartUploadsRequest { BucketName = prefix.Bucket, Prefix = prefix.Key };
        while (true)
        {
            var page = await Client.ListMultipartUploadsAsync(request, cancellation);
            uploads.AddRange((page.MultipartUploads ?? []).Select(upload => (prefix with { Key = upload.Key }, upload.UploadId)));
            if (page.IsTruncated != true) return uploads;
            (request.KeyMarker, request.UploadIdMarker) = (page.NextKeyMarker, page.NextUploadIdMarker);
        }
    });

    /// <summary>Gives an upload in parts up; one that does not exist any more is no error.</summary>
    public Task AbortUploadAsync(S3Url url, string uploadId, CancellationToken cancellation) => SortedAsync($"abort the upload of {url}", async () =>
    {
        try
        {
            await Client.AbortMultipartUploadAsync(url.Bucket, url.Key, uploadId, cancellation);
        }
        catch (AmazonS3Exception error) when (error.ErrorCode == "NoSuchUpload")
        {
        }
        return true;
    });

    /// <summary>Runs work against <see cref="Client"/> and sorts its errors.</summary>
    /// <param name="action">What it does, e.g. <c>write s3://bucket/key</c>.</param>
    /// <param name="work">The work.</param>
    public async Task<T> SortedAsync<T>(string action, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception error) when (S3Errors.IsS3(error))
        {
            throw S3Errors.Sort(error, _connection, action);
        }
    }

    public void Dispose() => Client.Dispose();

    // In Airflow's place and unit.
    private static TimeSpan ReadTimeout(Connection connection) =>
        connection.Extra["config_kwargs"] is JsonObject config && double.TryParse(config["read_timeout"]?.ToString(), CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(seconds) : StandardReadTimeout;

    private static AWSCredentials? Credentials(Connection connection)
    {
        AWSCredentials? own = connection.Login is not { Length: > 0 } login ? null
            : connection.ExtraText("aws_session_token") is { } token ? new SessionAWSCredentials(login, connection.Password, token)
            : new BasicAWSCredentials(login, connection.Password);
        if (connection.ExtraText("role_arn") is not { Length: > 0 } role) return own;
        var options = new AssumeRoleAWSCredentialsOptions { ExternalId = connection.ExtraText("external_id") };
        return new AssumeRoleAWSCredentials(own ?? DefaultAWSCredentialsIdentityResolver.GetCredentials(), role, "pipelines", options);
    }
}

/// <summary>An object as S3 reports it.</summary>
internal sealed record StoredObject(S3Url Url, long Bytes, string? ETag);
