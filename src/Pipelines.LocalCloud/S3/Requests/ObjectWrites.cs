using System.Net;
using Pipelines.LocalCloud.S3.Objects;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>PutObject, and the way a body comes in, which a part shares.</summary>
internal static class ObjectWrites
{
    private const long LargestBody = 5L * 1024 * 1024 * 1024;

    public static async Task PutAsync(S3Exchange exchange)
    {
        var headers = ObjectHeaders.Read(exchange.Http.Request.Headers);
        var condition = Conditions.ReadWrite(exchange);
        using var staged = await ReceiveAsync(exchange, algorithm: null);
        var record = exchange.Store.Describe(exchange.Key, staged) with { Headers = headers };
        await exchange.Store.CommitAsync(exchange.Bucket, staged, record, condition, exchange.Cancelled);
        exchange.Response.Headers.ETag = Xml.Quote(record.ETag);
        exchange.ShowChecksum(record.Checksum);
    }

    /// <summary>Takes the request's body to disk and verifies everything that the request says about it.</summary>
    /// <param name="algorithm">The checksum to compute where the request names none.</param>
    /// <exception cref="S3Failure">MissingContentLength, EntityTooLarge, IncompleteBody, BadDigest, and those of the signature.</exception>
    public static async Task<StagedObject> ReceiveAsync(S3Exchange exchange, ChecksumAlgorithm? algorithm)
    {
        var digests = DeclaredDigests.Of(exchange);
        if (exchange.Body.Length is not { } length)
            throw new S3Failure(HttpStatusCode.LengthRequired, "MissingContentLength", "You must provide the Content-Length HTTP header.");
        if (length > LargestBody)
            throw S3Failure.Invalid("EntityTooLarge", "Your proposed upload exceeds the maximum of 5 GiB; upload it in parts.");
        var staged = await exchange.Store.StageAsync(
            exchange.Bucket, exchange.Key, exchange.Body.Content, digests.Algorithm ?? algorithm, exchange.Cancelled);
        try
        {
            if (staged.Size != length)
                throw S3Failure.IncompleteBody();
            digests.Verify(staged, exchange.Body);
            return staged;
        }
        catch
        {
            staged.Dispose();
            throw;
        }
    }
}
