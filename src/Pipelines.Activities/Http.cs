using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pipelines.Activities.Requests;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Sends one HTTP request, with the semantics of Airflow's HttpOperator.</summary>
public sealed class Http : IActivity
{
    private const int MostMegabytes = 64;

    public ActivityDescriptor Descriptor { get; } = new(
        "Http", "HTTP request", "Code",
        "Sends a request to an HTTP server; the answer's text or JSON is returned.",
        [
            new("httpConnId", InputType.String, "Connection", "A connection of type http: schema, host, port, login and password; its extra holds headers.") { Default = "http_default", OptionsFrom = OptionSource.Connections("http", "https") },
            new("method", InputType.String, "Method", "What is asked of the server.") { Default = "POST", UiHint = "dropdown", Options = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] },
            new("endpoint", InputType.String, "Endpoint", "What follows the connection's address, e.g. api/v1/orders?day=2026-01-01."),
            new("data", InputType.String, "Data", "The body; for GET the query's parameters as a JSON object.") { UiHint = "multiline" },
            new("headers", InputType.Json, "Headers", "A JSON object; these go over the connection's.") { UiHint = "json-editor" },
            new("responseCheck", InputType.Boolean, "Check the status", "Fail on a status of 400 or more, unless check_response in the connection's extra is false.") { UiHint = "checkbox", Default = "true" },
            new("responseType", InputType.String, "Returns", "The answer as text, or parsed as JSON.") { Default = "text", UiHint = "dropdown", Options = ["text", "json"] },
            new("maxResponseMb", InputType.Integer, "Largest answer", $"In MB (2^20 bytes), unpacked, 1 to {MostMegabytes}; a larger answer is a failure.") { Default = "1" },
            new("logResponse", InputType.Boolean, "Log the answer", "Write the answer to the task's log.") { Default = "false", UiHint = "checkbox" },
            ReturnValue.DoXcomPush,
        ],
        [],
        [ActivityDescriptor.Done])
    { RunsCode = true };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var inputs = context.Inputs;
        var (data, headers, megabytes) = (inputs.Optional("data"), Headers(inputs), inputs.Integer("maxResponseMb", 1));
        if (megabytes is < 1 or > MostMegabytes) throw new TaskFailure($"Input 'maxResponseMb' must be from 1 to {MostMegabytes}. Fetch more than that with Python, into a file or S3.", retryable: false);
        var server = new HttpServer(await context.GetConnectionAsync(inputs.Optional("httpConnId") ?? "http_default", cancellation));
        var method = HttpMethod.Parse((inputs.Optional("method") ?? "POST").ToUpperInvariant());
        var isGet = method == HttpMethod.Get;
        var address = server.Address(inputs.Optional("endpoint"));
        using var request = new HttpRequestMessage(method, isGet ? HttpBody.WithQuery(address, data) : address);
        if (!isGet && method != HttpMethod.Head) request.Content = HttpBody.Of(data, headers);
        server.Prepare(request, headers);
        var (status, body) = await AnswerAsync(context, server, request, (int)megabytes << 20, cancellation);

        context.Log(LogLevel.Info, $"Status {status}, {body.Length:N0} characters.");
        if (inputs.Boolean("logResponse", false)) foreach (var line in body.Split('\n')) context.Log(LogLevel.Info, line.TrimEnd('\r'));
        return new Outcome.Succeeded(ReturnValue.IsWanted(context) ? Value(inputs, request, body) : null);
    }

    private static async Task<(int Status, string Body)> AnswerAsync(ITaskContext context, HttpServer server, HttpRequestMessage request, int most, CancellationToken cancellation)
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
            if ((int)response.StatusCode >= 400 && context.Inputs.Boolean("responseCheck", true) && server.ChecksResponse) throw HttpErrors.Refused(what, response, body ?? "", context.Time.GetUtcNow());
            return ((int)response.StatusCode, body ?? throw new TaskFailure(
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

    private static JsonNode? Value(RenderedInputs inputs, HttpRequestMessage request, string body)
    {
        if (inputs.Optional("responseType") != "json") return JsonValue.Create(body);
        try
        {
            return body.Length == 0 ? null : JsonNode.Parse(body);
        }
        catch (JsonException error)
        {
            throw new TaskFailure($"{request.Method} {request.RequestUri} was not answered with JSON: {error.Message.TrimEnd('.')}. Set input 'responseType' to text, or see with 'logResponse' what came.", inner: error);
        }
    }

    private static JsonObject Headers(RenderedInputs inputs) => inputs.Json("headers", [], json => json!.AsObject(), "a JSON object, such as {\"Accept\": \"application/json\"}");
}
