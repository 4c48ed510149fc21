using System.ComponentModel;
using System.Diagnostics;

namespace Pipelines.LocalCloud.Postgres;

/// <summary>Starts a server again when it ends by itself: killed, out of memory, stopped by somebody else. Disposed, it lets it be and stops it.</summary>
internal sealed class Supervisor : IAsyncDisposable
{
    /// <summary>Ends and starts that failed, without <see cref="Sound"/> between them, before it gives up.</summary>
    private const int MostFailures = 5;

    // Who has run for this long has no fault that its next start would show at once.
    private static readonly TimeSpan Sound = TimeSpan.FromMinutes(1);

    private readonly Cluster _cluster;
    private readonly PostgresOptions _options;
    private readonly Func<CancellationToken, Task<Postmaster>> _start;
    private readonly CancellationTokenSource _stop = new();

    /// <param name="server">It runs.</param>
    /// <param name="cluster">Its folder.</param>
    /// <param name="options">Without <see cref="PostgresOptions.OnTrouble"/> the server that ends stays ended.</param>
    /// <param name="start">Starts the next one.</param>
    public Supervisor(Postmaster server, Cluster cluster, PostgresOptions options, Func<CancellationToken, Task<Postmaster>> start)
    {
        (Server, _cluster, _options, _start) = (server, cluster, options, start);
        GivenUp = options.OnTrouble is { } say ? KeepAsync(say) : Task.Delay(Timeout.Infinite, _stop.Token);
    }

    /// <summary>The latest.</summary>
    public Postmaster Server { get; private set; }

    /// <summary>Fails when the server has ended and cannot be started again; canceled by the disposal.</summary>
    public Task GivenUp { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await GivenUp.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await Server.DisposeAsync();
        _stop.Dispose();
    }

    private async Task KeepAsync(Action<string> say)
    {
        for (var failures = 0; ;)
        {
            var began = Stopwatch.GetTimestamp();
            var what = await Server.EndAsync(_stop.Token);
            if (Stopwatch.GetElapsedTime(began) >= Sound) failures = 0;
            for (Postmaster? next = null; next is null;)
            {
                if (++failures > MostFailures) throw new EmbeddedPostgresException($"{what} It has been started again {MostFailures} times without lasting and is given up. Mend what {_cluster.Log} names, then start Pipelines again.");
                var pause = _options.RestartPause * Math.Pow(2, failures - 1);
                say($"{what} It is started again in {pause.TotalSeconds:0.###} s (attempt {failures} of {MostFailures}).");
                await Task.Delay(pause, _stop.Token);
                (next, what) = await TryStartAsync();
                if (next is null) continue;
                await Server.DisposeAsync();
                Server = next;
            }
            say($"PostgreSQL in {_cluster.Folder} runs again.");
        }
    }

    private async Task<(Postmaster? Server, string Trouble)> TryStartAsync()
    {
        try
        {
            return (await _start(_stop.Token), "");
        }
        catch (EmbeddedPostgresException trouble)
        {
            return (null, trouble.Message);
        }
        // Around the server much can fail that is no fault of it: the disk is full, the program is being replaced.
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or Win32Exception)
        {
            return (null, $"PostgreSQL in {_cluster.Folder} cannot be started: {trouble.Message.TrimEnd('.')}.");
        }
    }
}
