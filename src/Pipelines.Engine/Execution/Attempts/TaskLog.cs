using Pipelines.Model.Activities;
using Pipelines.Storage.Logs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>
/// The log of one attempt: lines go to memory at once and to the database a moment later, in chunks, so that reading follows the running
/// task. Who writes faster than the database takes waits for it, so that no line is lost. Secrets are masked on the way in.
/// </summary>
internal sealed class TaskLog : IAsyncDisposable
{
    private readonly ILogStore _store;
    private readonly SeenSecrets _secrets;
    private readonly TimeProvider _time;
    private readonly TaskLogLimits _limits;
    private readonly LogBuffer _buffer;
    private readonly SemaphoreSlim _flushing = new(1);
    private readonly Bell _wake = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _writing;
    private int _nextChunk;
    private bool _refused;
    private volatile bool _isStuck;

    public TaskLog(ILogStore store, SeenSecrets secrets, TimeProvider time, TaskLogLimits? limits = null)
    {
        (_store, _secrets, _time, _limits) = (store, secrets, time, limits ?? new());
        _buffer = new LogBuffer(_limits, message => Encode(LogLevel.Warning, message));
        _writing = WriteAsync();
    }

    /// <summary>Adds a line. Waits while megabytes of earlier ones wait, for as long as the database goes on taking them.</summary>
    public void Write(LogLevel level, string message) => Write(level, message, mayWait: true);

    /// <summary>Adds the engine's own line. Never waits, even if an older line is dropped for it: what it tells of must not wait either.</summary>
    public void Note(LogLevel level, string message) => Write(level, message, mayWait: false);

    private void Write(LogLevel level, string message, bool mayWait)
    {
        message = _secrets.Apply(message);
        for (var at = 0; at == 0 || at < message.Length;)
        {
            var length = Math.Min(LogTable.LongestMessage, message.Length - at);
            if (at + length < message.Length && char.IsHighSurrogate(message[at + length - 1])) length--;
            Add(Encode(level, message.Substring(at, length)), mayWait);
            at += Math.Max(length, 1);
        }
    }

    /// <summary>Writes everything added so far. Lines of an attempt that has lost its task instance are refused, and the log says so once.</summary>
    public Task FlushAsync(CancellationToken cancellation = default) => FlushAsync(keepsLast: false, cancellation);

    private async Task FlushAsync(bool keepsLast, CancellationToken cancellation)
    {
        await _flushing.WaitAsync(cancellation);
        try
        {
            while (!_refused && _buffer.Next() is { Count: > 0 } lines)
            {
                if (keepsLast && _buffer.HasNoMore) return;
                // The number is used up also when the write fails: whether it was committed is unknown then.
                if (!await _store.AppendAsync(_nextChunk++, lines, cancellation))
                {
                    await RefuseAsync(cancellation);
                    return;
                }
                _isStuck = false;
                _buffer.Written();
            }
        }
        finally
        {
            _flushing.Release();
        }
    }

    /// <summary>Writes the rest, the kept tail included. No line follows.</summary>
    public async Task EndAsync(CancellationToken cancellation)
    {
        await StopWritingAsync();
        _buffer.End();
        await FlushAsync(keepsLast: false, cancellation);
    }

    /// <summary>As <see cref="EndAsync"/>, but the last chunk is left to the attempt's report: a short log costs no commit of its own.</summary>
    /// <returns>The last chunk.</returns>
    public async Task<LastLines> CloseAsync(CancellationToken cancellation)
    {
        await StopWritingAsync();
        _buffer.End();
        await FlushAsync(keepsLast: true, cancellation);
        return new LastLines(_refused ? [] : _buffer.Next());
    }

    /// <summary>The attempt's report was refused: says so in the log, instead of the last lines.</summary>
    public async Task RefusedAsync(CancellationToken cancellation)
    {
        if (!_refused) await RefuseAsync(cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopWritingAsync();
        _closing.Dispose();
        _flushing.Dispose();
    }

    private async Task StopWritingAsync()
    {
        await _closing.CancelAsync();
        await _writing;
    }

    private void Add(string line, bool mayWait)
    {
        while (!_buffer.Add(line, mayDrop: !mayWait || _isStuck || _closing.IsCancellationRequested))
        {
            try
            {
                _buffer.Room.WaitAsync(_limits.Patience, _time).GetAwaiter().GetResult();
            }
            catch (TimeoutException)
            {
                _isStuck = true;
            }
        }
        if (_buffer.HasChunk) _wake.Ring();
    }

    private async Task WriteAsync()
    {
        while (!_closing.IsCancellationRequested)
        {
            // By the real clock: it is people who wait for lines.
            await _wake.WaitAsync(_limits.FlushEvery, TimeProvider.System, _closing.Token);
            try
            {
                await FlushAsync(_closing.Token);
            }
            catch (Exception)
            {
                // The database is away, or this ends. The lines wait in the buffer; the lease decides about the attempt.
                await Task.Delay(_limits.FlushEvery, _closing.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task RefuseAsync(CancellationToken cancellation)
    {
        await _store.AppendLastAsync(
            Line(LogLevel.Warning, "Later lines of this attempt are refused: it no longer holds the task instance, which was cleared, marked or taken by another worker."),
            cancellation);
        // Not sooner: the attempt may end, and cancel this, before it is written; then its end says it.
        _refused = true;
        _buffer.Close();
    }

    private string Encode(LogLevel level, string message) => LogTable.Encode(Line(level, message));

    private LogLine Line(LogLevel level, string message) => new(_time.GetUtcNow(), level, message);
}

/// <summary>Where the lines of one attempt go.</summary>
internal interface ILogStore
{
    /// <summary>False when refused: the attempt no longer holds its task instance.</summary>
    Task<bool> AppendAsync(int chunk, IReadOnlyList<string> encodedLines, CancellationToken cancellation);

    /// <summary>The engine's own word on an attempt, accepted also after its end.</summary>
    Task AppendLastAsync(LogLine line, CancellationToken cancellation);
}
