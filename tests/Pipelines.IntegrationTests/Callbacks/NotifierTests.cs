using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.IntegrationTests.Activities;
using Pipelines.IntegrationTests.Execution;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Callbacks;
using Pipelines.Storage.Secrets;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Callbacks;

/// <summary>The notifiers that there are, called by the real engine: webhook, mail and command; and what their templates and logs hold (airflow-semantics.md §6, §21.1).</summary>
public sealed class NotifierTests
{
    private readonly ConcurrentQueue<(string Path, string? Header, string Body)> _hooks = [];
    private WebApplication _web = null!;
    private MailCatcher _mail = null!;
    private TestEngine _engine = null!;
    private Func<int> _status = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _hooks.Clear();
        _status = () => 200;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _web = builder.Build();
        _web.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            _hooks.Enqueue((context.Request.Path, context.Request.Headers["X-Team"], await reader.ReadToEndAsync()));
            context.Response.StatusCode = _status();
        });
        await _web.StartAsync();
        _mail = new MailCatcher();
        _engine = await TestEngine.StartAsync();
        _engine.Probe.Does = (_, _) => throw new TaskFailure("no \"table\" <orders>");
        var alerts = new Connection("alerts", "http") { Host = "127.0.0.1", Port = new Uri(_web.Urls.First()).Port, Extra = new JsonObject { ["Authorization"] = "Bearer hook-s3cret" } };
        foreach (var connection in new[] { alerts, _mail.Connection() })
            await _engine.Database.InTransactionAsync(tx => ConnectionTable.PutAsync(tx, connection));
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _engine.DisposeAsync();
        await _mail.DisposeAsync();
        await _web.DisposeAsync();
    }

    private async Task<long> RunAsync(params (string, string)[] inputs)
    {
        var run = await _engine.StartRunAsync("sales", new TestTask("load", inputs));
        await _engine.UntilTaskIsAsync(run, "load", TaskState.Failed);
        await _engine.UntilAsync(async () => (await _engine.Database.InTransactionAsync(tx => CallbackTable.OfRunAsync(tx, run))).Count == 0, "nothing is owed");
        return run;
    }

    private async Task<List<string>> LogAsync(long run) => await _engine.LogAsync((await _engine.AttemptsAsync(await _engine.TaskAsync(run, "load")))[^1]);

    [Test]
    public async Task A_webhook_posts_JSON_that_no_quote_can_break_with_the_connection_s_headers_and_its_own()
    {
        var run = await RunAsync(("onFailureCallback", """
            {"type": "Http", "httpConnId": "alerts", "endpoint": "hook/{{ ti.task_id }}", "headers": {"X-Team": "{{ dag.owner }}"},
             "data": {"text": "{{ ti.task_id }} failed: {{ exception }}", "try": "{{ ti.try_number }}", "state": "{{ ti.state }}", "run": "{{ dag_run.run_id }}"}}
            """));
        var (path, header, body) = _hooks.Single();
        Assert.That((path, header), Is.EqualTo(("/hook/load", "airflow")));
        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(body), JsonNode.Parse("""{"text": "load failed: no \"table\" <orders>", "try": "1", "state": "failed", "run": "manual__1"}""")), Is.True, body);
        Assert.That(await LogAsync(run), Has.Some.Contains("POST http://127.0.0.1").And.Some.EqualTo("on_failure_callback (Http): done.").And.None.Contains("hook-s3cret"));
    }

    [Test]
    public async Task A_secret_in_what_a_notifier_says_is_masked()
    {
        _engine.Teller.Does = (context, _) =>
        {
            context.Log(Model.Activities.LogLevel.Info, $"said {context.Inputs.Optional("text")}");
            throw new TaskFailure($"cannot say {context.Inputs.Optional("text")}", retryable: false);
        };
        var run = await RunAsync(("onFailureCallback", """{"type": "Teller", "text": "{{ conn.alerts.extra_dejson.Authorization }}"}"""));
        Assert.That(await LogAsync(run), Has.Some.EqualTo("said ***").And.Some.Contains("cannot say ***").And.None.Contains("hook-s3cret"));
    }

    [Test]
    public async Task A_webhook_that_answers_503_is_posted_again_and_the_mail_behind_it_does_not_wait()
    {
        _status = () => _hooks.Count == 1 ? 503 : 200;
        var run = await _engine.StartRunAsync("sales", new TestTask("load", ("onFailureCallback", """[{"type": "Http", "httpConnId": "alerts"}]"""), ("email", "a@example.com, b@example.com"), ("emailOnRetry", "false")));
        await _engine.UntilAsync(async () => (await _engine.Database.InTransactionAsync(tx => CallbackTable.OfRunAsync(tx, run))) is [{ Tries: 1 }], "one delivery is put off");
        Assert.That(_hooks, Has.Count.EqualTo(1));
        var (mail, recipients) = _mail.Mails.Single();
        Assert.That(recipients, Is.EqualTo(new[] { "a@example.com", "b@example.com" }));
        Assert.That((mail.Subject, mail.HtmlBody), Is.EqualTo(("Airflow alert: <TaskInstance: sales.load manual__1 [failed]>",
            $"Try 1 out of 1<br>Exception:<br>no &#34;table&#34; &lt;orders&gt;<br>Host: {(await _engine.AttemptsAsync(await _engine.TaskAsync(run, "load"))).Single().Worker}<br>")));

        _engine.Time.Advance(TimeSpan.FromSeconds(5));
        // The worker may just have looked at the clock.
        await _engine.Database.InTransactionAsync(tx => tx.NotifyAsync(Topic.CallbackOwed, ""));
        await _engine.UntilAsync(async () => (await _engine.Database.InTransactionAsync(tx => CallbackTable.OfRunAsync(tx, run))).Count == 0, "nothing is owed");
        Assert.That((_hooks.Count, _mail.Mails.Count), Is.EqualTo((2, 1)), "who has told does not tell again");
    }

    [Test]
    public async Task A_command_gets_what_the_task_said_as_a_variable_and_its_output_is_in_the_log()
    {
        Need.Tool("setsid");
        var run = await RunAsync(("onFailureCallback", """{"type": "Bash", "bashCommand": "echo \"{{ ti.task_id }} said $SAID\"; exit 3", "env": {"SAID": "{{ exception }}; $(id)"}, "appendEnv": true}"""));
        Assert.That(await LogAsync(run), Does.Contain("load said no \"table\" <orders>; $(id)").And.Some.StartsWith("on_failure_callback (Bash) failed; the state of the task stays as it is"));
    }

    [Test]
    public async Task What_a_DAG_s_callback_did_is_an_event_of_its_run()
    {
        _engine.DagSettings["onFailureCallback"] = """{"type": "Http", "httpConnId": "alerts", "data": "{{ reason }} by {{ ti.task_id }} in {{ dag_run.state }}"}""";
        var run = await RunAsync();
        Assert.That(_hooks.Single().Body, Is.EqualTo("task_failure by load in failed"));
        var told = (await _engine.Database.InTransactionAsync(tx => EventLogTable.OfRunAsync(tx, "sales", "manual__1", ["on_failure_callback"]))).Single();
        Assert.That(told.Extra, Does.StartWith("POST http://127.0.0.1").And.EndsWith("on_failure_callback (Http): done."));
        Assert.That(told.Owner, Is.EqualTo("worker"));
    }
}
