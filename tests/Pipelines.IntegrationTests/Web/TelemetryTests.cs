using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Npgsql;
using Pipelines.Engine.Telemetry;
using Pipelines.IntegrationTests.Studio;

namespace Pipelines.IntegrationTests.Web;

/// <summary>What Prometheus and a collector of traces learn of a host.</summary>
public class TelemetryTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentBag<Activity> _spans = [];
    private readonly Channel<Activity> _attempts = Channel.CreateUnbounded<Activity>();
    private readonly ActivityListener _listener;
    private StudioSite _site = null!;

    public TelemetryTests() => _listener = new ActivityListener
    {
        ShouldListenTo = source => source.Name == EngineTraces.Name,
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        ActivityStopped = span =>
        {
            _spans.Add(span);
            if (span.OperationName == "task attempt") _attempts.Writer.TryWrite(span);
        },
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
        using var measured = new Measurements("measured", "pipelines.dagrun.duration", "pipelines.heartbeat", "pipelines.scheduler.scheduler_loop_duration");
        await RunAsync("measured");
        await measured.All.WaitAsync(Patience);
        await _site.Get<IEnumerable<IHostedService>>().OfType<WorkloadWatch>().Single().HasNumbers.WaitAsync(Patience);

        var numbers = await ScrapeAsync();
        Assert.Multiple(() =>
        {
            Assert.That(Line(numbers, "pipelines_ti_finish_total", "dag_id=\"measured\"", "task_id=\"query\"", "state=\"success\""), Does.EndWith("} 1"));
            Assert.That(Line(numbers, "pipelines_task_duration_seconds_count", "dag_id=\"measured\""), Does.EndWith("} 1"));
            Assert.That(Line(numbers, "pipelines_dagrun_duration_seconds_count", "dag_id=\"measured\""), Does.EndWith("} 1"));
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

        var attempt = await AttemptAsync("traced");
        var steps = _spans.Where(span => span.TraceId == attempt.TraceId && span != attempt).OrderBy(span => span.StartTimeUtc).ToList();
        Assert.That(steps.Select(step => step.OperationName), Is.EqualTo(new[] { "claim", "render", "run", "report" }));
        Assert.That(steps.Select(step => step.ParentSpanId), Is.All.EqualTo(attempt.SpanId));
        Assert.That((attempt.GetTagItem("task_id"), attempt.GetTagItem("try_number"), attempt.GetTagItem("state")), Is.EqualTo(("query", 1, "success")));
    }

    private async Task RunAsync(string dagId)
    {
        await _site.Admin.PublishQueryAsync(dagId, "SELECT 1");
        await _site.EndAsync(await _site.Admin.ExecuteAsync(dagId));
    }

    private static string Line(string text, params string[] parts) =>
        text.Split('\n').SingleOrDefault(line => line.StartsWith(parts[0] + "{", StringComparison.Ordinal) && parts.All(part => line.Contains(part, StringComparison.Ordinal))) ?? "";

    private async Task<string> ScrapeAsync()
    {
        using var prometheus = new HttpClient { BaseAddress = new Uri(_site.Url) };
        prometheus.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", StudioSite.MetricsToken);
        return await prometheus.GetStringAsync("/metrics");
    }

    /// <summary>The span of a DAG's attempt, once it has ended.</summary>
    private async Task<Activity> AttemptAsync(string dagId)
    {
        using var patience = new CancellationTokenSource(Patience);
        await foreach (var span in _attempts.Reader.ReadAllAsync(patience.Token))
            if ((string?)span.GetTagItem("dag_id") == dagId) return span;
        throw new InvalidOperationException("Nobody ends the channel.");
    }

    /// <summary>Tells when these instruments have measured something, of this DAG where they measure DAGs. Made after the host, it hears of it after the host's exporter.</summary>
    private sealed class Measurements : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, TaskCompletionSource> _measured;
        private readonly string _dagId;

        public Measurements(string dagId, params string[] instruments)
        {
            _dagId = dagId;
            _measured = instruments.ToDictionary(name => name, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == EngineMeter.Name && _measured.ContainsKey(instrument.Name)) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, _, tags, _) => Note(instrument, tags));
            _listener.SetMeasurementEventCallback<double>((instrument, _, tags, _) => Note(instrument, tags));
            _listener.Start();
        }

        public Task All => Task.WhenAll(_measured.Values.Select(measured => measured.Task));

        public void Dispose() => _listener.Dispose();

        private void Note(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var (name, value) in tags)
                if (name == "dag_id" && (string?)value != _dagId) return;
            _measured[instrument.Name].TrySetResult();
        }
    }
}
