namespace Pipelines.Benchmarks;

/// <summary>What several benchmarks share, started by the first of them that runs: nobody waits for a browser that no one asked for.</summary>
internal sealed class OnDemand<T>(Func<Task<T>> start) : IAsyncDisposable
    where T : IAsyncDisposable
{
    private Task<T>? _started;

    /// <summary>Runs a benchmark with it.</summary>
    public async Task UseAsync(Func<T, Task> run) => await run(await (_started ??= start()));

    public async ValueTask DisposeAsync()
    {
        if (_started is { IsCompletedSuccessfully: true }) await (await _started).DisposeAsync();
    }
}
