using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.TestKit;
using Http = Pipelines.Activities.Http;
using LogLevel = Pipelines.Model.Activities.LogLevel;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>Http as Airflow's HttpOperator, against a server in this process.</summary>
public sealed class HttpTests
{
    private WebApplication _server = null!;
    private Func<HttpContext, Task> _answer = null!;
    private ActivityEnvironment _attempt = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _server = builder.Build();
        _server.Run(context => _answer(context));
        await _server.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    private Connection Server => new("http_default", "http") { Host = "127.0.0.1", Port = new Uri(_server.Urls.First()).Port };

    [SetUp]
    public void NewAttempt()
    {
        (_attempt, _answer) = (new ActivityEnvironment(), EchoAsync);
        _attempt.Add(Server);
    }

    /// <summary>Says what it was sent.</summary>
    private static async Task EchoAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        await context.Response.WriteAsJsonAsync(new
        {
            method = context.Request.Method,
            path = context.Request.Path.Value + context.Request.QueryString,
            body = await reader.ReadToEndAsync(),
            type = context.Request.ContentType,
            login = context.Request.Headers.Authorization.ToString(),
            mine = context.Request.Headers["X-Mine"].ToString(),
            other = context.Request.Headers["X-Other"].ToString(),
        });
    }

    private Task<Outcome> RunAsync(params (string Name, string Value)[] inputs) => _attempt.RunAsync(new Http(), DataPath.Inputs(inputs));

    private async Task<JsonNode?> ReturnedAsync(params (string Name, string Value)[] inputs) => ((Outcome.Succeeded)await RunAsync(inputs)).ReturnValue;

    private Task<JsonNode?> EchoedAsync(params (string Name, string Value)[] inputs) => ReturnedAsync([.. inputs, ("responseType", "json")]);

    [TestCase("GET", "api/v1", """{"day": "a b&c", "id": [1, 2], "none": null}""", "/api/v1?day=a%20b%26c&id=1&id=2", "", null)]
    [TestCase("GET", "/api?x=1", "y=2", "/api?x=1&y=2", "", null)]
    [TestCase("POST", "api", """{"a": 1}""", "/api", """{"a": 1}""", "application/json; charset=utf-8")]
    [TestCase("PUT", "", "grüße", "/", "grüße", "text/plain; charset=utf-8")]
    [TestCase("DELETE", "api", "", "/api", "", null)]
    public async Task Data_goes_where_airflow_puts_it(string method, string endpoint, string data, string path, string body, string? type)
    {
        var echo = (await EchoedAsync(("method", method), ("endpoint", endpoint), ("data", data)))!;
        Assert.That(((string?)echo["method"], (string?)echo["path"], (string?)echo["body"], (string?)echo["type"]), Is.EqualTo((method, path, body, type)));
    }

    [Test]
    public async Task A_form_is_sent_where_the_header_asks_for_one()
    {
        var echo = (await EchoedAsync(("data", """{"a": "1 2", "b": [3, 4]}"""), ("headers", """{"content-type": "application/x-www-form-urlencoded"}""")))!;
        Assert.That(((string?)echo["body"], (string?)echo["type"]), Is.EqualTo(("a=1%202&b=3&b=4", "application/x-www-form-urlencoded")));
    }

    [Test]
    public async Task Login_and_headers_come_from_the_connection_and_the_tasks_headers_go_over_them()
    {
        _attempt.Add(Server with { Login = "me", Password = "pässword", Extra = new JsonObject { ["X-Mine"] = "connection", ["X-Other"] = "other", ["timeout"] = 5 } });
        var echo = (await EchoedAsync(("headers", """{"x-mine": "task"}""")))!;
        Assert.That(((string?)echo["login"], (string?)echo["mine"], (string?)echo["other"]), Is.EqualTo(($"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes("me:pässword"))}", "task", "other")));
    }

    [TestCase("""{"a b": "x"}""")]
    [TestCase("""{"X-Mine": "x\r\nX-Other: smuggled"}""")]
    [TestCase("[]")]
    public async Task A_header_that_cannot_be_sent_fails_for_good(string headers)
    {
        var failure = await DataPath.FailAsync(() => RunAsync(("headers", headers)));
        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain("'headers'"));
    }

    [Test]
    public async Task The_text_of_the_answer_is_returned_unless_json_is_wanted()
    {
        _answer = context =>
        {
            context.Response.ContentType = "text/plain; charset=iso-8859-1";
            return context.Response.Body.WriteAsync(Encoding.Latin1.GetBytes("[1, \"ü\"]")).AsTask();
        };
        Assert.That((await ReturnedAsync(("logResponse", "true")))!.GetValue<string>(), Is.EqualTo("[1, \"ü\"]"));
        Assert.That(_attempt.Lines, Does.Contain((LogLevel.Info, "[1, \"ü\"]")));
        Assert.That((await EchoedAsync())![1]!.GetValue<string>(), Is.EqualTo("ü"));
        Assert.That(await ReturnedAsync(("doXcomPush", "false")), Is.Null);
    }

    [Test]
    public async Task An_answer_that_is_no_json_is_said_to_be_none()
    {
        _answer = context => context.Response.WriteAsync("<html>");
        var failure = await DataPath.FailAsync(() => EchoedAsync());
        Assert.That(failure.Message, Does.Contain("was not answered with JSON").And.Contain("responseType"));
    }

    [TestCase(400, false)]
    [TestCase(401, false)]
    [TestCase(404, false)]
    [TestCase(408, true)]
    [TestCase(422, false)]
    [TestCase(429, true)]
    [TestCase(500, true)]
    [TestCase(503, true)]
    public async Task A_refusal_is_worth_a_retry_or_not(int status, bool retryable)
    {
        _answer = async context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "120";
            await context.Response.WriteAsync(new string('x', 400) + " the reason");
        };
        var failure = await DataPath.FailAsync(() => RunAsync(("endpoint", "api")));
        Assert.That((failure.Retryable, failure.RetryAfter), Is.EqualTo((retryable, retryable ? TimeSpan.FromMinutes(2) : (TimeSpan?)null)));
        Assert.That(failure.Message, Does.StartWith($"POST {_server.Urls.First()}/api was answered with status {status.ToString(CultureInfo.InvariantCulture)}").And.Contain("the reason"));
    }

    [Test]
    public async Task A_refusal_is_an_answer_where_the_status_is_not_checked()
    {
        _answer = context =>
        {
            context.Response.StatusCode = 404;
            return context.Response.WriteAsync("gone");
        };
        Assert.That((await ReturnedAsync(("responseCheck", "false")))!.GetValue<string>(), Is.EqualTo("gone"));
        _attempt.Add(Server with { Extra = new JsonObject { ["check_response"] = false } });
        Assert.That((await ReturnedAsync())!.GetValue<string>(), Is.EqualTo("gone"));
    }

    [Test]
    public async Task A_server_that_does_not_answer_in_time_is_given_up()
    {
        var (time, left) = (new FakeTimeProvider(), new TaskCompletionSource());
        _attempt.Time = time;
        _attempt.Add(Server with { Extra = new JsonObject { ["timeout"] = 30 } });
        _answer = async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            time.Advance(TimeSpan.FromSeconds(30));
            await left.Task;
        };
        var failure = await DataPath.FailAsync(() => RunAsync());
        Assert.That(failure.Retryable, Is.True);
        Assert.That(failure.Message, Does.Contain("was not answered within 30 s").And.Contain("timeout"));
        await left.Task;
    }

    [Test]
    public void A_stopped_task_leaves_the_server()
    {
        using var stop = new CancellationTokenSource();
        var left = new TaskCompletionSource();
        _answer = async context =>
        {
            context.RequestAborted.Register(left.SetResult);
            await stop.CancelAsync();
            await left.Task;
        };
        Assert.That(async () => await _attempt.RunAsync(new Http(), DataPath.Inputs(), stop.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(async () => await left.Task, Throws.Nothing);
    }

    [Test]
    public async Task An_answer_too_large_is_refused_and_one_that_just_fits_is_not()
    {
        var size = 1 << 20;
        _answer = context => context.Response.WriteAsync(new string('x', size));
        Assert.That((await ReturnedAsync())!.GetValue<string>(), Has.Length.EqualTo(size));
        size++;
        var failure = await DataPath.FailAsync(() => RunAsync());
        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain("more than 1 MB").And.Contain("maxResponseMb"));
        Assert.That((await ReturnedAsync(("maxResponseMb", "2")))!.GetValue<string>(), Has.Length.EqualTo(size));
    }

    [Test]
    public async Task An_answer_that_breaks_off_is_worth_a_retry()
    {
        _answer = async context =>
        {
            context.Response.ContentLength = 10;
            await context.Response.WriteAsync("12345");
            await context.Response.Body.FlushAsync();
            context.Abort();
        };
        var failure = await DataPath.FailAsync(() => RunAsync());
        Assert.That(failure.Retryable, Is.True, failure.Message);
    }

    [Test]
    public async Task Nobody_there_is_worth_a_retry()
    {
        _attempt.Add(Server with { Port = FreePort.Find() });
        var failure = await DataPath.FailAsync(() => RunAsync());
        Assert.That(failure.Retryable, Is.True);
        Assert.That(failure.Message, Does.Contain("Connection refused").And.Contain("host and port"));
    }

    [TestCase(404, "", true)]
    [TestCase(200, "pending", true)]
    [TestCase(200, "all is ready", false)]
    public async Task HttpSensor_waits_for_an_answer_that_is_good_and_says_so(int status, string body, bool waits)
    {
        _answer = context =>
        {
            context.Response.StatusCode = status;
            return context.Response.WriteAsync(body);
        };
        Assert.That(await SensorAsync(("responseContains", "ready")), Is.InstanceOf(waits ? typeof(Outcome.RescheduleAt) : typeof(Outcome.Succeeded)));
    }

    [Test]
    public async Task HttpSensor_sends_its_parameters_and_fails_on_other_statuses_but_those_it_is_told()
    {
        string? asked = null;
        _answer = context =>
        {
            (asked, context.Response.StatusCode) = (context.Request.Method + " " + context.Request.Path + context.Request.QueryString, 503);
            return Task.CompletedTask;
        };
        var failure = await DataPath.FailAsync(() => SensorAsync(("requestParams", """{"day": "2026-05-01"}""")));
        Assert.That((failure.Retryable, asked), Is.EqualTo((true, "GET /state?day=2026-05-01")));
        Assert.That(await SensorAsync(("responseErrorCodesAllowlist", """["404", "503"]""")), Is.InstanceOf<Outcome.RescheduleAt>());
    }

    private Task<Outcome> SensorAsync(params (string Name, string Value)[] inputs) =>
        _attempt.RunAsync(new Pipelines.Activities.HttpSensor(), DataPath.Inputs([("mode", "reschedule"), ("endpoint", "state"), .. inputs]));
}
