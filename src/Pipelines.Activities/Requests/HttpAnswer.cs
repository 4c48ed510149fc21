using System.Net;
using System.Text;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Requests;

/// <summary>What a server answered.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Body">The text of its body.</param>
internal sealed record HttpAnswer(int Status, string Body)
{
    /// <summary>Sends a request and reads the answer; says in the log what is asked.</summary>
    /// <param name="context">The attempt.</param>
    /// <param name="server">Whom to ask.</param>
    /// <param name="request">What.</param>
    /// <param name="most">Bytes of the longest body that is read.</param>
    /// <param name="isRefusal">Which statuses fail the attempt.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="TaskFailure">A refusal, a body that is too long, or no answer in time.</exception>
    public static async Task<HttpAnswer> OfAsync(
        ITaskContext context, HttpServer server, HttpRequestMessage request, int most, Func<HttpStatusCode, bool> isRefusal, CancellationToken cancellation)
    {
        var (what, limit) = ($"{request.Method} {request.RequestUri}", server.Timeout);
        context.Log(LogLevel.Info, what);
        using var client = server.Open();
        using var timeout = new CancellationTokenSource(limit, context.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, timeout.Token);
        try
        {
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop.Token);
            var body = await TextAsync(response, most, stop.Token);
            if (isRefusal(response.StatusCode)) throw HttpErrors.Refused(what, response, body ?? "", context.Time.GetUtcNow());
            return new HttpAnswer((int)response.StatusCode, body ?? throw new TaskFailure(
                $"{what} was answered with more than {most >> 20} MB. Raise input 'maxResponseMb', ask for less, or fetch it with Python into a file or S3.", retryable: false));
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            throw new TaskFailure($"{what} was not answered within {limit.TotalSeconds:0.###} s. Raise timeout (seconds) in the connection's extra, or see why the server is slow; the next attempt may succeed.");
        }
        catch (HttpRequestException error)
        {
            throw HttpErrors.Lost(what, error);
        }
        catch (IOException error)
        {
            throw new TaskFailure($"{what} broke off in the middle of the answer: {error.Message.TrimEnd('.')}. The next attempt may succeed.", inner: error);
        }
    }

    /// <summary>Null: it is longer.</summary>
    private static async Task<string?> TextAsync(HttpResponseMessage response, int most, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        using var read = new MemoryStream();
        var block = new byte[64 << 10];
        while (await stream.ReadAsync(block, cancellation) is > 0 and var count)
        {
            if (read.Length + count > most) return null;
            read.Write(block, 0, count);
        }
        return Charset(response).GetString(read.GetBuffer(), 0, (int)read.Length);
    }

    private static Encoding Charset(HttpResponseMessage response)
    {
        try
        {
            return response.Content.Headers.ContentType?.CharSet is { } name ? Encoding.GetEncoding(name.Trim('"')) : Encoding.UTF8;
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }
}
