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
    private readonly Lines _pending = new();
    private readonly Lines _tail = new();
    private List<string> _taken = [];
    private TaskCompletionSource? _room;
    private long _accepted;
    private long _leftOut;
    private long _dropped;
    private bool _headIsFull;
    private bool _isClosed;

    /// <summary>Done when lines may be added without others being dropped for them.</summary>
    public Task Room
    {
        get
        {
            lock (_lock)
            {
                if (!IsFull) return Task.CompletedTask;
                return (_room ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }
        }
    }

    /// <summary>Whether a whole chunk waits to be written.</summary>
    public bool HasChunk
    {
        get
        {
            lock (_lock) return _pending.Bytes >= LogTable.MaxChunkBytes;
        }
    }

    private bool IsFull => !_headIsFull && _pending.Bytes >= limits.PendingBytes;

    /// <summary>Takes a line. False when there is no room for it, see <see cref="Room"/>.</summary>
    /// <param name="line">As it is stored.</param>
    /// <param name="mayDrop">Drop the oldest that waits, if there is no room.</param>
    public bool Add(string line, bool mayDrop)
    {
        lock (_lock)
        {
            if (_isClosed) return true;
            if (!_headIsFull && _accepted + Lines.Size(line) > limits.HeadBytes) FillHead();
            if (_headIsFull) AddToTail(line);
            else if (IsFull && !mayDrop) return false;
            else Append(line);
            return true;
        }
    }

    /// <summary>The next lines to write, at most one chunk; they stay until <see cref="Written"/>.</summary>
    public IReadOnlyList<string> Next()
    {
        lock (_lock)
        {
            if (_taken.Count > 0) return _taken;
            var bytes = 0L;
            if (_dropped > 0) Take(ownLine($"{_dropped} log lines are missing here: the database did not take them in time."));
            _dropped = 0;
            while (_pending.First is { } line && (_taken.Count == 0 || bytes + Lines.Size(line) <= LogTable.MaxChunkBytes)) Take(_pending.Remove());
            return _taken;

            void Take(string line)
            {
                bytes += Lines.Size(line);
                _taken.Add(line);
            }
        }
    }

    /// <summary>Whether nothing waits besides what <see cref="Next"/> has given.</summary>
    public bool HasNoMore
    {
        get
        {
            lock (_lock) return _pending.First is null && _dropped == 0;
        }
    }

    /// <summary>What <see cref="Next"/> has given is in the database.</summary>
    public void Written()
    {
        lock (_lock)
        {
            _taken = [];
            if (!IsFull) MakeRoom();
        }
    }

    /// <summary>No line follows: what was kept of the tail can be written.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_leftOut > 0) _pending.Add(ownLine($"{_leftOut} log lines are left out here: a log keeps its first {limits.HeadBytes >> 20} MB and its last {limits.TailBytes >> 20} MB."));
            while (_tail.First is not null) _pending.Add(_tail.Remove());
            _leftOut = 0;
        }
    }

    /// <summary>Nobody wants the lines, neither these nor later ones.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _taken = [];
            _pending.Clear();
            _tail.Clear();
            (_dropped, _leftOut) = (0, 0);
            MakeRoom();
        }
    }

    private void FillHead()
    {
        _headIsFull = true;
        _pending.Add(ownLine($"The log has reached {limits.HeadBytes >> 20} MB. The last {limits.TailBytes >> 20} MB of what follows appear when the attempt has ended."));
        MakeRoom();
    }

    private void AddToTail(string line)
    {
        _tail.Add(line);
        while (_tail.Bytes > limits.TailBytes)
        {
            _tail.Remove();
            _leftOut++;
        }
    }

    private void Append(string line)
    {
        // The oldest, because the last lines say why a task failed.
        for (; IsFull && _pending.First is not null; _dropped++) _pending.Remove();
        _accepted += Lines.Size(line);
        _pending.Add(line);
    }

    private void MakeRoom()
    {
        _room?.SetResult();
        _room = null;
    }

    /// <summary>Lines in their order, and how many bytes they are.</summary>
    private sealed class Lines
    {
        private readonly Queue<string> _lines = new();

        public long Bytes { get; private set; }

        public string? First => _lines.TryPeek(out var line) ? line : null;

        // With the newline that joins it to the next.
        public static int Size(string line) => Encoding.UTF8.GetByteCount(line) + 1;

        public void Add(string line)
        {
            _lines.Enqueue(line);
            Bytes += Size(line);
        }

        public string Remove()
        {
            var line = _lines.Dequeue();
            Bytes -= Size(line);
            return line;
        }

        public void Clear()
        {
            _lines.Clear();
            Bytes = 0;
        }
    }
}

/// <summary>How much of a log is kept.</summary>
internal sealed record TaskLogLimits
{
    /// <summary>From its start, written at once.</summary>
    public long HeadBytes { get; init; } = 60L << 20;

    /// <summary>From its end, held in memory until then.</summary>
    public long TailBytes { get; init; } = 4L << 20;

    /// <summary>What may wait for the database before whoever writes waits, too.</summary>
    public long PendingBytes { get; init; } = 8L << 20;

    /// <summary>How long a writer waits for a database that takes nothing. After that the oldest lines that wait are dropped.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The longest that a line waits to be readable.</summary>
    public TimeSpan FlushEvery { get; init; } = TimeSpan.FromMilliseconds(500);
}
