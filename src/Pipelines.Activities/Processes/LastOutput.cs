using Pipelines.Model.Activities;

namespace Pipelines.Activities.Processes;

/// <summary>The end of what a program printed, for a failure's message.</summary>
internal sealed class LastOutput
{
    private const int MostLines = 10;
    private const int LongestLine = 500;

    private readonly Queue<string> _lines = new();

    /// <summary>Keeps a line, or what of it fits.</summary>
    public void Add(string line)
    {
        if (line.Length == 0) return;
        _lines.Enqueue(Excerpt.Of(line, LongestLine));
        if (_lines.Count > MostLines) _lines.Dequeue();
    }

    /// <summary>For the message, after what happened; without output it says so. More may follow at once.</summary>
    public string Words(string of) => _lines.Count == 0 ? $"It printed nothing to {of}. " : $"The end of its {of}:\n{string.Join('\n', _lines)}\n";
}
