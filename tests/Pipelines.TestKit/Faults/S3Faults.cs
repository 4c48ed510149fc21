using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Pipelines.TestKit.Faults;

/// <summary>What goes wrong with one request to S3.</summary>
public abstract record S3Fault
{
    /// <summary>S3 answers with an error and does nothing.</summary>
    public sealed record Answer(int Status, string Code) : S3Fault;

    /// <summary>The connection breaks while the client still sends; S3 does nothing.</summary>
    public sealed record CutRequest : S3Fault;

    /// <summary>S3 does what was asked, but the connection breaks in the middle of its answer, or before an answer that has no body.</summary>
    public sealed record CutAnswer : S3Fault;

    /// <summary>S3 takes the request and never answers.</summary>
    public sealed record Silence : S3Fault;
}

/// <summary>A proxy before an S3 endpoint, for the <c>endpoint_url</c> of an AWS connection, that has requests go wrong; the signed headers pass unchanged.</summary>
public sealed class S3Faults : IAsyncDisposable
{
    private static readonly HashSet<string> OfOneHop = new(["Connection", "Transfer-Encoding", "Keep-Alive", "Expect"], StringComparer.OrdinalIgnoreCase);

    private readonly HttpMessageInvoker _server = new(new SocketsHttpHandler { AllowAutoRedirect = false, AutomaticDecompression = DecompressionMethods.None, UseProxy = false });
    private readonly Uri _endpoint;
    private readonly WebApplication _app;
    private readonly CancellationTokenSource _closing = new();
    private int _count;

    private S3Faults(Uri endpoint, WebApplication app) => (_endpoint, _app) = (endpoint, app);

    /// <summary>Decides what goes wrong; null: nothing. Called by many threads.</summary>
    public Func<S3Request, S3Fault?> Next { get; set; } = _ => null;

    /// <summary>Where clients connect.</summary>
    public Uri Uri => new(_app.Urls.First());

    /// <summary>Requests that went wrong so far.</summary>
    public int Count => _count;

    /// <summary>Starts it before an endpoint.</summary>
    public static async Task<S3Faults> StartAsync(Uri endpoint)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        var faults = new S3Faults(endpoint, app);
        app.Run(faults.HandleAsync);
        await app.StartAsync();
        return faults;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _app.DisposeAsync();
        _closing.Dispose();
        _server.Dispose();
    }

    private async Task HandleAsync(HttpContext http)
    {
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var fault = Next(S3Request.Of(http.Request.Method, target));
        if (fault is not null) Interlocked.Increment(ref _count);
        try
        {
            await (fault switch
            {
                S3Fault.Answer answer => AnswerAsync(http, answer),
                S3Fault.CutRequest => CutRequestAsync(http),
                S3Fault.Silence => HangAsync(http),
                _ => PassAsync(http, target, cut: fault is S3Fault.CutAnswer),
            });
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or HttpRequestException)
        {
            http.Abort();
        }
    }

    private async Task HangAsync(HttpContext http)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _closing.Token);
        await http.Request.Body.CopyToAsync(Stream.Null, end.Token);
        await Task.Delay(Timeout.Infinite, end.Token);
    }

    private static async Task AnswerAsync(HttpContext http, S3Fault.Answer answer)
    {
        // As S3 does, the answer waits for the body: a client that is still sending would see a broken connection instead.
        await http.Request.Body.CopyToAsync(Stream.Null);
        (http.Response.StatusCode, http.Response.ContentType) = (answer.Status, "application/xml");
        if (!HttpMethods.IsHead(http.Request.Method))
            await http.Response.WriteAsync($"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{answer.Code}</Code><Message>Made by the test.</Message><RequestId>1</RequestId></Error>");
    }

    private static async Task CutRequestAsync(HttpContext http)
    {
        var half = (http.Request.ContentLength ?? 0) / 2;
        var buffer = new byte[64 * 1024];
        for (int read; half > 0 && (read = await http.Request.Body.ReadAsync(buffer)) > 0;) half -= read;
        http.Abort();
    }

    private async Task PassAsync(HttpContext http, string target, bool cut)
    {
        using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), new Uri($"{_endpoint.GetLeftPart(UriPartial.Authority)}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (http.Request.ContentLength is not null || http.Request.Headers.TransferEncoding.Count > 0) request.Content = new StreamContent(http.Request.Body);
        foreach (var (name, values) in http.Request.Headers.Where(header => !OfOneHop.Contains(header.Key)))
            if (!request.Headers.TryAddWithoutValidation(name, values.ToArray())) request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        using var response = await _server.SendAsync(request, http.RequestAborted);
        http.Response.StatusCode = (int)response.StatusCode;
        foreach (var (name, values) in response.Headers.Concat(response.Content.Headers).Where(header => !OfOneHop.Contains(header.Key)))
            http.Response.Headers[name] = values.ToArray();
        if (cut) await CutAnswerAsync(http, response);
        else if (!HttpMethods.IsHead(http.Request.Method)) await response.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
    }

    private static async Task CutAnswerAsync(HttpContext http, HttpResponseMessage response)
    {
        var body = await response.Content.ReadAsByteArrayAsync();
        if (body.Length > 1 && !HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(body.AsMemory(0, body.Length / 2));
            await http.Response.Body.FlushAsync();
        }
        http.Abort();
    }
}
