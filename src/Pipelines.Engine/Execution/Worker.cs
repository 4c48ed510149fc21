using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Engine.Execution.Transport;

namespace Pipelines.Engine.Execution;

/// <summary>The worker role: takes task jobs from Hangfire and runs them; when it stops, it lets running tasks end for a while and hands back the others.</summary>
internal sealed class Worker(TransportStorage storage, TaskRunner runner, WorkerEnd end, WorkerOptions options, Pulse pulse, ILogger<Worker> log) : IHostedService, IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private TaskServer? _server;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _server = new TaskServer(storage, options, () => new TaskJob(runner, _stopping.Token), end, pulse);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_stopping.IsCancellationRequested) log.LogInformation("The worker stops: it takes no further task; running ones may go on for {Grace}, then they are handed back", options.StopGrace);
        await _stopping.CancelAsync();
        if (_server is not null) await _server.StopAsync(cancellationToken);
    }

    public void Dispose()
    {
        _server?.Dispose();
        _stopping.Dispose();
    }
}
