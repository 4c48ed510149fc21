using System.Text;
using Pipelines.Storage.Logs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>
/// The lines of one attempt between the activity and the database, bounded in memory and in total: the first <c>headBytes</c> go
/// straight through, of the rest the last <c>tailBytes</c> are kept until the end. Safe for concurrent use.
/// </summary>
internal sealed class LogBuffer(TaskLogLimits limits, Func<string, string> ownLine)
{
    private readonly Lock _lock = new();
    private readonly Queue<string> _pending = new();
    private readonly Queue<string> _tail = new();
    private long _accepted;
    private long _pendingBytes;
    private long _tailBytes;
    private long _leftOut;
    private long _dropped;
    private bool _headIsFull;

    /// <summary>Takes a line. True when a whole chunk waits to be written.</summary>
    public bool Add(string line)
    {
        lock (_lock)
        {
            if (!_headIsFull && _accepted + Size(line) > limits.HeadBytes) FillHead();
            if (_headIsFull) AddToTail(line);
            else if (_pendingBytes > limits.PendingBytes) _dropped++;
            else Append(line);
            return _pendingBytes >= LogTable.MaxChunkBytes;
        }
    }

    /// <summary>The next lines to write, at most one chunk; they stay until <see cref="Written"/>.</summary>
    public IReadOnlyList<string> Next()
    {
        lock (_lock)
        {
            var lines = new List<string>();
            var bytes = 0;
            foreach (var line in _pending)
            {
                bytes += Size(line);
                if (bytes > LogTable.MaxChunkBytes && lines.Count > 0) break;
                lines.Add(line);
            }

            return lines;
        }
    }

    /// <summary>Whether that many lines are all that wait.</summary>
    public bool Holds(int count)
    {
        lock (_lock) return _pending.Count <= count && _dropped == 0;
    }

    /// <summary>The first <paramref name="count"/> lines are in the database.</summary>
    public void Written(int count)
    {
        lock (_lock)
        {
            while (count-- > 0) _pendingBytes -= Size(_pending.Dequeue());
            if (_dropped == 0 || _pending.Count > 0) return;
            Append(ownLine($"{_dropped} log lines are missing here: the database did not take them in time."));
            _dropped = 0;
        }
    }

    /// <summary>No line follows: what was kept of the tail can be written.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_leftOut > 0) Append(ownLine($"{_leftOut} log lines are left out here: a log keeps its first {limits.HeadBytes >> 20} MB and its last {limits.TailBytes >> 20} MB."));
            while (_tail.TryDequeue(out var line)) Append(line);
            _leftOut = 0;
        }
    }

    private void FillHead()
    {
        _headIsFull = true;
        Append(ownLine($"The log has reached {limits.HeadBytes >> 20} MB. The last {limits.TailBytes >> 20} MB of what follows appear when the attempt has ended."));
    }

    private void AddToTail(string line)
    {
        _tail.Enqueue(line);
        _tailBytes += Size(line);
        while (_tailBytes > limits.TailBytes)
        {
            _tailBytes -= Size(_tail.Dequeue());
            _leftOut++;
        }
    }

    private void Append(string line)
    {
        _pending.Enqueue(line);
        _pendingBytes += Size(line);
        _accepted += Size(line);
    }

    // With the newline that joins it to the next.
    private static int Size(string line) => Encoding.UTF8.GetByteCount(line) + 1;
}

/// <summary>How much of a log is kept.</summary>
internal sealed record TaskLogLimits
{
    /// <summary>From its start, written at once.</summary>
    public long HeadBytes { get; init; } = 60L << 20;

    /// <summary>From its end, held in memory until then.</summary>
    public long TailBytes { get; init; } = 4L << 20;

    /// <summary>What may wait for a slow database before lines are dropped.</summary>
    public long PendingBytes { get; init; } = 8L << 20;

    /// <summary>The longest that a line waits to be readable.</summary>
    public TimeSpan FlushEvery { get; init; } = TimeSpan.FromMilliseconds(500);
}
