using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Pipelines.LocalCloud.S3.Objects;
using Pipelines.LocalCloud.S3.Signing;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>The way of every request: verify, find the operation, carry it out; whatever goes wrong becomes S3's error document.</summary>
internal sealed class Dispatcher(ObjectStore store, RequestVerifier verifier, Credentials credentials, ILogger logger)
{
    private readonly MultipartUploads _uploads = new(store);

    public async Task AnswerAsync(HttpContext http)
    {
        var requestId = Guid.NewGuid().ToString("N")[..16].ToUpperInvariant();
        http.Response.Headers["x-amz-request-id"] = requestId;
        http.Response.Headers["x-amz-id-2"] = requestId;
        http.Response.Headers.Server = "Pipelines-LocalCloud";
        var raw = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        try
        {
            await CarryOutAsync(http, RequestTarget.Parse(raw));
        }
        catch (Exception failure)
        {
            await ErrorResponse.WriteAsync(http, failure, requestId, logger);
        }

        logger.LogDebug("S3 {Method} {Target} -> {Status} {RequestId}", http.Request.Method, raw, http.Response.StatusCode, requestId);
    }

    private async Task CarryOutAsync(HttpContext http, RequestTarget target)
    {
        var signature = verifier.Verify(http.Request.Method, target, http.Request.Headers);
        var handler = Routes.Find(http.Request.Method, target, http.Request.Headers);
        using var body = RequestBody.Open(http.Request, signature);
        await handler(new S3Exchange(http, target, body, store, _uploads, credentials));
    }
}
