using System.Net;
using System.Xml.Linq;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pipelines.LocalCloud.S3.Requests;

/// <summary>Turns whatever ended a request into S3's error document.</summary>
internal static class ErrorResponse
{
    public static async Task WriteAsync(HttpContext http, Exception failure, string requestId, ILogger logger)
    {
        if (failure is OperationCanceledException or ConnectionResetException || http.RequestAborted.IsCancellationRequested)
        {
            http.Abort();
            return;
        }

        var refusal = Sort(failure, logger, requestId);
        if (http.Response.HasStarted)
        {
            // Too late for a status: only a broken connection tells the client that the body is not whole.
            http.Abort();
            return;
        }

        http.Response.Headers.ContentLength = null;
        http.Response.StatusCode = (int)refusal.Status;
        if (http.Request.Method == HttpMethods.Head || refusal.Status == HttpStatusCode.NotModified)
            return;
        await Xml.WriteAsync(http.Response, Document(refusal, http, requestId), CancellationToken.None);
    }

    private static S3Failure Sort(Exception failure, ILogger logger, string requestId)
    {
        switch (failure)
        {
            case S3Failure refusal:
                return refusal;
            case BadHttpRequestException { StatusCode: StatusCodes.Status408RequestTimeout }:
                return S3Failure.Invalid("RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period.");
            case BadHttpRequestException:
                return S3Failure.IncompleteBody();
            default:
                logger.LogError(failure, "S3 request {RequestId} failed", requestId);
                return new S3Failure(HttpStatusCode.InternalServerError, "InternalError", $"LocalCloud's S3 failed: {failure.Message}. Try again.");
        }
    }

    // Error documents, unlike all others, have no namespace.
    private static XElement Document(S3Failure refusal, HttpContext http, string requestId) => new(
        "Error",
        new XElement("Code", refusal.Code),
        new XElement("Message", refusal.Message),
        refusal.Details.Select(detail => new XElement(detail.Key, detail.Value)),
        new XElement("Resource", http.Request.Path.Value),
        new XElement("RequestId", requestId),
        new XElement("HostId", requestId));
}
