using System.Collections.Concurrent;

namespace Pipelines.Engine;

/// <summary>When each loop of this process last came round. A loop that stopped coming is the only sign of a process that hangs.</summary>
public sealed class Pulse(TimeProvider time)
{
    /// <summary>Longer than any round may take while the database is slow or away: what waits for it has timeouts of at most 30 s.</summary>
    public static readonly TimeSpan LateAfter = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, long> _rounds = new(StringComparer.Ordinal);

    /// <summary>A loop came round; from its first round on it is expected again.</summary>
    public void Beat(string loop) => _rounds[loop] = time.GetTimestamp();

    /// <summary>Loops of which nothing was heard for too long.</summary>
    public IReadOnlyList<string> Late() => [.. _rounds.Where(round => time.GetElapsedTime(round.Value) > LateAfter).Select(round => round.Key).Order(StringComparer.Ordinal)];
}
