using System.Net;
using Pipelines.Activities.Requests;
using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;

namespace Pipelines.Activities;

/// <summary>Asks an HTTP server until it answers well, as Airflow's HttpSensor.</summary>
public sealed class HttpSensor() : Sensor(new(
    "HttpSensor", "Wait for HTTP", "Sensors", "Asks a server until it answers with a status below 400; 404 means not yet, other statuses fail.",
    [
        new("httpConnId", InputType.String, "Connection", "A connection of type http: schema, host, port, login and password; its extra holds headers.") { Default = "http_default", OptionsFrom = OptionSource.Connections("http", "https") },
        new("method", InputType.String, "Method", "What is asked of the server.") { Default = "GET", UiHint = "dropdown", Options = ["GET", "HEAD", "POST"] },
        new("endpoint", InputType.String, "Endpoint", "What follows the connection's address, e.g. api/v1/orders?day=2026-01-01.") { Required = true },
        new("requestParams", InputType.String, "Parameters", "Of the query, as a JSON object; for POST the body.") { UiHint = "multiline" },
        new("headers", InputType.Json, "Headers", "A JSON object; these go over the connection's.") { UiHint = "json-editor", Check = inputs => HttpBody.Headers(inputs) },
        new("responseContains", InputType.String, "Answer contains", "Not yet while the answer does not contain this text; empty: any answer will do."),
        new("responseErrorCodesAllowlist", InputType.StringList, "Not yet on", "Statuses that mean not yet.") { Default = "[\"404\"]" },
    ],
    [],
    [ActivityDescriptor.Done])
{ RunsCode = true })
{
    private const int LongestAnswer = 1 << 20;

    protected override async Task<Poke> PokeAsync(ITaskContext context, CancellationToken cancellation)
    {
        var inputs = context.Inputs;
        var server = new HttpServer(await context.GetConnectionAsync(inputs.Optional("httpConnId") ?? "http_default", cancellation));
        var (data, headers, method) = (inputs.Optional("requestParams"), HttpBody.Headers(inputs), HttpMethod.Parse(inputs.Optional("method") ?? "GET"));
        var early = inputs.Optional("responseErrorCodesAllowlist") is null ? ["404"] : inputs.StringList("responseErrorCodesAllowlist");
        bool IsEarly(HttpStatusCode code) => early.Contains(((int)code).ToString(System.Globalization.CultureInfo.InvariantCulture));
        var address = server.Address(inputs.Optional("endpoint"));
        using var request = new HttpRequestMessage(method, method == HttpMethod.Get ? HttpBody.WithQuery(address, data) : address);
        if (method == HttpMethod.Post) request.Content = HttpBody.Of(data, headers);
        server.Prepare(request, headers);
        var (status, body) = await HttpAnswer.OfAsync(context, server, request, LongestAnswer, code => (int)code >= 400 && !IsEarly(code), cancellation);
        if (IsEarly((HttpStatusCode)status)) return new Poke.NotYet($"the server answered with status {status}");
        return inputs.Optional("responseContains") is { } text && !body.Contains(text, StringComparison.Ordinal) ? new Poke.NotYet($"the answer does not contain '{text}'") : new Poke.Done();
    }
}
