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
            new("headers", InputType.Json, "Headers", "A JSON object; these go over the connection's.") { UiHint = "json-editor", Check = inputs => HttpBody.Headers(inputs) },
            new("responseCheck", InputType.Boolean, "Check the status", "Fail on a status of 400 or more, unless check_response in the connection's extra is false.") { UiHint = "checkbox", Default = "true" },
            new("responseType", InputType.String, "Returns", "The answer as text, or parsed as JSON.") { Default = "text", UiHint = "dropdown", Options = ["text", "json"] },
            new("maxResponseMb", InputType.Integer, "Largest answer", $"In MB (2^20 bytes), unpacked, 1 to {MostMegabytes}; a larger answer is a failure.") { Default = "1", Check = inputs => Megabytes(inputs) },
            new("logResponse", InputType.Boolean, "Log the answer", "Write the answer to the task's log.") { Default = "false", UiHint = "checkbox" },
            ReturnValue.DoXcomPush,
        ],
        [],
        [ActivityDescriptor.Done])
    { RunsCode = true, Notifies = NotifierUse.Redelivered };

    public async Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var inputs = context.Inputs;
        var (data, headers, megabytes) = (inputs.Optional("data"), HttpBody.Headers(inputs), Megabytes(inputs));
        var server = new HttpServer(await context.GetConnectionAsync(inputs.Optional("httpConnId") ?? "http_default", cancellation));
        var method = HttpMethod.Parse((inputs.Optional("method") ?? "POST").ToUpperInvariant());
        var isGet = method == HttpMethod.Get;
        var address = server.Address(inputs.Optional("endpoint"));
        using var request = new HttpRequestMessage(method, isGet ? HttpBody.WithQuery(address, data) : address);
        if (!isGet && method != HttpMethod.Head) request.Content = HttpBody.Of(data, headers);
        server.Prepare(request, headers);
        var isChecked = inputs.Boolean("responseCheck", true) && server.ChecksResponse;
        var (status, body) = await HttpAnswer.OfAsync(context, server, request, megabytes << 20, code => (int)code >= 400 && isChecked, cancellation);

        context.Log(LogLevel.Info, $"Status {status}, {body.Length:N0} characters.");
        if (inputs.Boolean("logResponse", false)) foreach (var line in body.Split('\n')) context.Log(LogLevel.Info, line.TrimEnd('\r'));
        return new Outcome.Succeeded(ReturnValue.IsWanted(context) ? Value(inputs, request, body) : null);
    }

    private static int Megabytes(RenderedInputs inputs) => inputs.Integer("maxResponseMb", 1) is >= 1 and <= MostMegabytes and var megabytes ? (int)megabytes
        : throw new TaskFailure($"Input 'maxResponseMb' must be from 1 to {MostMegabytes}. Fetch more than that with Python, into a file or S3.", retryable: false);

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
}
