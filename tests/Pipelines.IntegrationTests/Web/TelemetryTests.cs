using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Npgsql;
using Pipelines.Engine.Telemetry;
using Pipelines.IntegrationTests.Studio;

namespace Pipelines.IntegrationTests.Web;

/// <summary>What Prometheus and a collector of traces learn of a host.</summary>
public class TelemetryTests
{
    private readonly ConcurrentBag<Activity> _spans = [];
    private readonly ActivityListener _listener;
    private StudioSite _site = null!;

    public TelemetryTests() => _listener = new ActivityListener
    {
        ShouldListenTo = source => source.Name == EngineTraces.Name,
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        ActivityStopped = _spans.Add,
    };

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        ActivitySource.AddActivityListener(_listener);
        _site = await StudioSite.StartAsync();
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _site.DisposeAsync();
        _listener.Dispose();
    }

    [TestCase(null)]
    [TestCase("Bearer")]
    [TestCase("Bearer " + StudioSite.MetricsToken + "x")]
    [TestCase("Basic " + StudioSite.MetricsToken)]
    public async Task Metrics_are_for_who_brings_their_token(string? authorization)
    {
        using var stranger = new HttpClient { BaseAddress = new Uri(_site.Url) };
        if (authorization is not null) stranger.DefaultRequestHeaders.TryAddWithoutValidation("Authorization", authorization);
        var answer = await stranger.GetAsync("/metrics");
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Contain("PIPELINES_METRICS_TOKEN").And.Not.Contain("pipelines_"));
        Assert.That((await _site.Admin.GetAsync("/metrics")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), "a person's login is none");
    }

    [Test]
    public async Task A_run_is_counted_and_the_work_of_the_installation_is_told()
    {
        await RunAsync("measured");

        var numbers = await UntilAsync(text => text.Contains("pipelines_queue_length", StringComparison.Ordinal)
            && text.Contains("pipelines_dagrun_duration_seconds_count{otel_scope_name=\"Pipelines\",dag_id=\"measured\"", StringComparison.Ordinal));
        Assert.Multiple(() =>
        {
            Assert.That(Line(numbers, "pipelines_ti_finish_total", "dag_id=\"measured\"", "task_id=\"query\"", "state=\"success\""), Does.EndWith("} 1"));
            Assert.That(Line(numbers, "pipelines_task_duration_seconds_count", "dag_id=\"measured\""), Does.EndWith("} 1"));
            Assert.That(Line(numbers, "pipelines_queue_length", "queue=\"default\""), Is.Not.Empty);
            Assert.That(Line(numbers, "pipelines_pool_open_slots", "pool_name=\"default_pool\""), Is.Not.Empty);
            Assert.That(Line(numbers, "pipelines_jobs_alive", "job_type=\"scheduler\""), Is.Not.Empty);
            Assert.That(numbers, Does.Contain("pipelines_scheduler_scheduler_loop_duration_seconds_count").And.Contain("pipelines_heartbeat_total").And.Contain("http_server_request_duration"));
            Assert.That(numbers, Does.Not.Contain(new NpgsqlConnectionStringBuilder(_site.Sql.ConnectionString).Password!));
        });
    }

    [Test]
    public async Task An_attempt_is_a_span_with_its_steps_in_the_trace_of_its_run()
    {
        await RunAsync("traced");
        await WaitAsync(() => Task.FromResult(Attempts().Any()));

        var attempt = Attempts().Single();
        var steps = _spans.Where(span => span.TraceId == attempt.TraceId && span != attempt).OrderBy(span => span.StartTimeUtc).ToList();
        Assert.That(steps.Select(step => step.OperationName), Is.EqualTo(new[] { "claim", "render", "run", "report" }));
        Assert.That(steps.Select(step => step.ParentSpanId), Is.All.EqualTo(attempt.SpanId));
        Assert.That((attempt.GetTagItem("task_id"), attempt.GetTagItem("try_number"), attempt.GetTagItem("state")), Is.EqualTo(("query", 1, "success")));

        IEnumerable<Activity> Attempts() => _spans.Where(span => span.OperationName == "task attempt" && (string?)span.GetTagItem("dag_id") == "traced");
    }

    private async Task RunAsync(string dagId)
    {
        await _site.Admin.PublishQueryAsync(dagId, "SELECT 1");
        await _site.EndAsync(await _site.Admin.ExecuteAsync(dagId));
    }

    private static string Line(string text, params string[] parts) =>
        text.Split('\n').SingleOrDefault(line => line.StartsWith(parts[0] + "{", StringComparison.Ordinal) && parts.All(part => line.Contains(part, StringComparison.Ordinal))) ?? "";

    private async Task<string> UntilAsync(Func<string, bool> isThere)
    {
        using var prometheus = new HttpClient { BaseAddress = new Uri(_site.Url) };
        prometheus.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", StudioSite.MetricsToken);
        var text = "";
        await WaitAsync(async () => isThere(text = await prometheus.GetStringAsync("/metrics")));
        return text;
    }

    private static async Task WaitAsync(Func<Task<bool>> isThere)
    {
        var patience = Stopwatch.StartNew();
        while (!await isThere())
        {
            Assert.That(patience.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30)), "It did not come.");
            await Task.Delay(50);
        }
    }
}
