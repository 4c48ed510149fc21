using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Pipelines.Engine;
using Pipelines.Engine.Telemetry;

namespace Pipelines.Web.Telemetry;

/// <summary>Numbers for Prometheus, and numbers and traces for a collector that speaks OTLP. Neither is collected unless somebody asked for it.</summary>
internal static class HostTelemetry
{
    private const string Path = "/metrics";

    // Its own meter (connections, waits, commands) and source of spans.
    private const string Npgsql = "Npgsql";

    /// <summary>Collects what the options ask for.</summary>
    public static void AddTelemetry(this IServiceCollection services, PipelinesOptions options)
    {
        if (options.MetricsToken is null && options.Otlp is null) return;
        if (options.Roles.HasFlag(HostRoles.Scheduler)) services.AddWorkloadNumbers();
        var telemetry = services.AddOpenTelemetry().ConfigureResource(host => host
            .AddService("pipelines", serviceVersion: typeof(HostTelemetry).Assembly.GetName().Version!.ToString(3), serviceInstanceId: $"{Environment.MachineName}:{Environment.ProcessId}")
            .AddAttributes([new("pipelines.roles", options.Roles.ToString().ToLowerInvariant())]));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(EngineMeter.Name, Npgsql).AddAspNetCoreInstrumentation().AddRuntimeInstrumentation();
            if (options.MetricsToken is not null) metrics.AddPrometheusExporter();
            if (options.Otlp is not null) metrics.AddOtlpExporter();
        });
        // The endpoint, its protocol and headers are read by the exporter itself, from OTEL_EXPORTER_OTLP_….
        if (options.Otlp is not null)
            telemetry.WithTracing(traces => traces.AddSource(EngineTraces.Name, Npgsql).AddAspNetCoreInstrumentation().SetSampler(new ParentBasedSampler(new Beginnings())).AddOtlpExporter());
    }

    /// <summary>Maps <c>/metrics</c>, which every role has when there is a token for it.</summary>
    public static void MapMetrics(this WebApplication app, PipelinesOptions options)
    {
        if (options.MetricsToken is not { } token) return;
        app.MapPrometheusScrapingEndpoint(Path, meterProvider: null, branch => branch.UseMetricsToken(token), optionsName: null).AllowAnonymous();
    }

    /// <summary>An attempt or a request begins a trace; a statement that nobody asked for, such as a tick's, does not.</summary>
    private sealed class Beginnings : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            new(samplingParameters.Kind == System.Diagnostics.ActivityKind.Client ? SamplingDecision.Drop : SamplingDecision.RecordAndSample);
    }
}
