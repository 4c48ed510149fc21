using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Pipelines.Benchmarks.Extracts;

/// <summary>A process that answers like S3 to uploads and throws away what it gets: what is left is the cost of the sender.</summary>
internal static class Swallow
{
    /// <summary>The child's argument.</summary>
    public const string Role = "swallow";

    private const string Tag = "\"00000000000000000000000000000000\"";

    /// <summary>The child's side: its first line is its URL.</summary>
    public static async Task AnswerAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        await using var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(SwallowAsync);
        await app.StartAsync();
        await ChildProcess.AnswerAsync(app.Urls.Single(), Task.FromResult);
    }

    private static async Task SwallowAsync(HttpContext http)
    {
        while (true)
        {
            var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
            http.Request.BodyReader.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) break;
        }
        http.Response.Headers.ETag = Tag;
        if (!HttpMethods.IsPost(http.Request.Method)) return;
        http.Response.ContentType = "application/xml";
        await http.Response.WriteAsync(http.Request.Query.ContainsKey("uploads")
            ? string.Create(CultureInfo.InvariantCulture, $"<InitiateMultipartUploadResult><UploadId>{http.TraceIdentifier.Replace(':', '-')}</UploadId></InitiateMultipartUploadResult>")
            : $"<CompleteMultipartUploadResult><ETag>{Tag}</ETag></CompleteMultipartUploadResult>");
    }
}
