using System.Threading.Channels;
using Pipelines.Api.Live;
using Pipelines.Web.Live;

namespace Pipelines.Web.Grid;

/// <summary>
/// Tells everybody who looks at a DAG what changed in it and its runs. However many look, what changed is read once and written as JSON
/// once; what nobody looks at is not read at all. A change is told at once, a burst of them ten times a second.
/// </summary>
internal sealed partial class GridHub(GridReads reads, TimeProvider time, ILogger<GridHub> logger) : BackgroundService
{
    /// <summary>Between two deltas.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, List<GridWatch>> _watches = new(StringComparer.Ordinal);
    private readonly Dictionary<long, string?> _changedRuns = [];
    private readonly HashSet<string> _changedDags = new(StringComparer.Ordinal);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Begins to watch a DAG, until the result is disposed.</summary>
    public GridWatch Watch(string dagId)
    {
        lock (_gate)
        {
            if (!_watches.TryGetValue(dagId, out var watches)) _watches[dagId] = watches = [];
            var watch = new GridWatch(gone => Forget(dagId, gone));
            watches.Add(watch);
            return watch;
        }
    }

    /// <summary>Takes a change from the live feed. Quick; never throws.</summary>
    public void Notice(LiveChange change)
    {
        lock (_gate)
        {
            if (_watches.Count == 0) return;
            if (change.Everything) Tell(_watches.Keys, GridEvents.Reload);
            else if (change.DagRunId is { } run ? IsWatched(change.RunDagId) && _changedRuns.TryAdd(run, change.RunDagId) : change.DagId is { } dagId && IsWatched(dagId) && _changedDags.Add(dagId))
                _wake.Writer.TryWrite(true);
        }
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(TellChangesAsync(stoppingToken), BeatAsync(stoppingToken));

    private async Task TellChangesAsync(CancellationToken stop)
    {
        while (await _wake.Reader.WaitToReadAsync(stop))
        {
            _wake.Reader.TryRead(out _);
            var (runs, dags, watched) = Take();
            try
            {
                await TellRunsAsync(runs, watched, stop);
                await TellDagsAsync(dags, stop);
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                // Whatever it was, the host goes on, and the change is not lost: whoever watches reads everything, as soon as the database answers.
                LogLost(error);
                lock (_gate) Tell(watched, GridEvents.Reload);
            }
            await Task.Delay(Pause, time, stop);
        }
    }

    private async Task TellRunsAsync(Dictionary<long, string?> runs, string[] watched, CancellationToken stop)
    {
        if (runs.Count == 0 || watched.Length == 0) return;
        var found = await reads.RunsAsync(runs.Keys, watched, stop);
        foreach (var ofDag in found.GroupBy(run => run.DagId, StringComparer.Ordinal))
        {
            var message = GridEvents.Runs(GridJson.Delta([.. ofDag]));
            lock (_gate) Tell([ofDag.Key], message);
        }
        // What is not there was deleted. A run whose DAG was not said may be one that nobody watches: who does not show it does not mind.
        foreach (var gone in runs.ExceptBy(found.Select(run => run.Id), run => run.Key).GroupBy(run => run.Value))
        {
            var message = GridEvents.Gone(GridJson.Gone(gone.Select(run => run.Key)));
            lock (_gate) Tell(gone.Key is null ? watched : watched.Where(dagId => dagId == gone.Key), message);
        }
    }

    private async Task TellDagsAsync(string[] dags, CancellationToken stop)
    {
        foreach (var dagId in dags)
        {
            var message = await reads.DagAsync(dagId, stop) is { } dag ? GridEvents.Dag(GridJson.Head(dag)) : GridEvents.Reload;
            lock (_gate) Tell([dagId], message);
        }
    }

    private async Task BeatAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(EventStream.BetweenHeartbeats, time);
        while (await timer.WaitForNextTickAsync(stop))
            lock (_gate) Tell(_watches.Keys, EventStream.Heartbeat);
    }

    private (Dictionary<long, string?> Runs, string[] Dags, string[] Watched) Take()
    {
        lock (_gate)
        {
            var taken = (_changedRuns.ToDictionary(), _changedDags.ToArray(), _watches.Keys.ToArray());
            _changedRuns.Clear();
            _changedDags.Clear();
            return taken;
        }
    }

    private bool IsWatched(string? dagId) => dagId is null || _watches.ContainsKey(dagId);

    private void Tell(IEnumerable<string> dagIds, byte[] message)
    {
        foreach (var dagId in dagIds)
        {
            if (!_watches.TryGetValue(dagId, out var watches)) continue;
            foreach (var watch in watches) watch.Tell(message);
        }
    }

    private void Forget(string dagId, GridWatch watch)
    {
        lock (_gate)
        {
            if (_watches.TryGetValue(dagId, out var watches) && watches.Remove(watch) && watches.Count == 0) _watches.Remove(dagId);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Changes could not be read for the open grids; they read everything again.")]
    private partial void LogLost(Exception error);
}
