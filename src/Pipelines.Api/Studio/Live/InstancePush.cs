using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Pipelines.Api.Live;
using Pipelines.Api.Studio.Instances;
using Pipelines.Model.Designer;
using Pipelines.Storage;

namespace Pipelines.Api.Studio.Live;

/// <summary>
/// Tells the pages that show a run when it changed. A burst of changes becomes one message, and a run is read once for all who watch it;
/// what nobody watches is not read.
/// </summary>
internal sealed class InstancePush(LiveFeed feed, IHubContext<InstanceHub> hub, Database database, StudioDefinition studio, TimeProvider time, ILogger<InstancePush> logger) : BackgroundService
{
    private const int MostPerConnection = 20;

    // Time for the changes that come together, e.g. a task that ended and the one that begins.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(150);

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<long, bool>> _watched = new();
    private readonly ConcurrentDictionary<long, bool> _due = new();
    private readonly Channel<bool> _hints = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Notes that a connection shows a run. False when the id is none, or it asks for too many.</summary>
    public bool Watch(string connectionId, string instanceId)
    {
        if (!long.TryParse(instanceId, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return false;
        var runs = _watched.GetOrAdd(connectionId, _ => new());
        if (runs.Count >= MostPerConnection) return false;
        runs[id] = true;
        return true;
    }

    /// <summary>The connection is gone.</summary>
    public void Forget(string connectionId) => _watched.TryRemove(connectionId, out _);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var subscription = feed.Subscribe(Note);
        while (await _hints.Reader.WaitToReadAsync(stoppingToken))
        {
            await Task.Delay(Gathering, time, stoppingToken);
            _hints.Reader.TryRead(out _);
            foreach (var id in _due.Keys)
                if (_due.TryRemove(id, out _)) await TellAsync(id, stoppingToken);
        }
    }

    private void Note(LiveChange change)
    {
        if (!change.Everything && change.DagRunId is null) return;
        foreach (var id in _watched.Values.SelectMany(runs => runs.Keys).Where(id => change.Everything || id == change.DagRunId)) _due[id] = true;
        if (!_due.IsEmpty) _hints.Writer.TryWrite(true);
    }

    private async Task TellAsync(long id, CancellationToken cancellation)
    {
        try
        {
            var instanceId = id.ToString(CultureInfo.InvariantCulture);
            if (await database.InTransactionAsync(tx => RunView.FindAsync(tx, instanceId, studio), cancellation) is not { } view) return;
            var group = hub.Clients.Group(instanceId);
            await group.SendAsync("ActivityExecutionLogUpdatedAsync", new { stats = NodeStats.Of(view) }, cancellation);
            await group.SendAsync("WorkflowExecutionLogUpdatedAsync", new { }, cancellation);
            await group.SendAsync("WorkflowInstanceUpdatedAsync", new { workflowInstanceId = instanceId }, cancellation);
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            // The next change tells the same and more; the pages keep what they show.
            logger.LogWarning(error, "Could not tell who watches run {Run} that it changed", id);
        }
    }
}
