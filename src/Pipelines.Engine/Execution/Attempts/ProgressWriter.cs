using Pipelines.Model.Activities;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>Writes the latest progress about once a second, however often the activity reports it, and at the end.</summary>
internal sealed class ProgressWriter : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly Func<TaskProgress, Task> _write;
    private readonly PeriodicTimer _timer;
    private readonly Task _writing;
    private TaskProgress? _latest;

    public ProgressWriter(Func<TaskProgress, Task> write, TimeProvider time)
    {
        _write = write;
        _timer = new PeriodicTimer(Every, time);
        _writing = WriteAsync();
    }

    /// <summary>Remembers it. Never waits.</summary>
    public void Report(TaskProgress progress) => Volatile.Write(ref _latest, progress);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _writing;
        await WriteLatestAsync();
    }

    private async Task WriteAsync()
    {
        while (await _timer.WaitForNextTickAsync()) await WriteLatestAsync();
    }

    private async Task WriteLatestAsync()
    {
        if (Interlocked.Exchange(ref _latest, null) is not { } progress) return;
        try
        {
            await _write(progress);
        }
        catch (Exception)
        {
            // Only a picture for people; the next one is as good.
            Interlocked.CompareExchange(ref _latest, progress, null);
        }
    }
}
