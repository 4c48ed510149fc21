namespace Pipelines.Activities.Processes;

/// <summary>The end of a process's output: what an error quotes and what the task returns.</summary>
internal sealed class LastLines(int kept)
{
    private readonly Queue<string> _lines = [];
    private readonly Lock _lock = new();

    /// <summary>The last line of its standard output; null: there was none.</summary>
    public string? LastOutput { get; private set; }

    public void Add(string line, bool isError)
    {
        lock (_lock)
        {
            if (!isError) LastOutput = line;
            if (line.Length == 0) return;
            _lines.Enqueue(line);
            if (_lines.Count > kept) _lines.Dequeue();
        }
    }

    /// <summary>A sentence with the last lines of both streams; empty when there was none.</summary>
    public string Quoted()
    {
        lock (_lock) return _lines.Count == 0 ? "" : $" Its last lines: {string.Join(" | ", _lines)}.";
    }
}
