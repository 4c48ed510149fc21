using System.Globalization;
using Pipelines.Model.Runs;

namespace Pipelines.Model.Activities.Sensors;

/// <summary>How long a sensor waits for its next poke (airflow-semantics.md §13): deterministic, since the jitter is a hash.</summary>
/// <param name="settings">The sensor's.</param>
/// <param name="key">Part of the jitter.</param>
/// <param name="startedAt">When the sensor started, in mode reschedule the series; part of the jitter.</param>
public sealed class PokeWait(SensorSettings settings, TaskInstanceKey key, DateTimeOffset startedAt)
{
    // Far above any timeout; Airflow's own bound is a timedelta's.
    private const double LongestSeconds = 1e9;

    /// <summary>The wait after a poke that found nothing.</summary>
    /// <param name="poke">1 for the first poke of this attempt; in mode reschedule the time that has passed tells instead which one it was.</param>
    /// <param name="elapsed">Since the start, at most the timeout.</param>
    public TimeSpan After(int poke, TimeSpan elapsed)
    {
        if (!settings.ExponentialBackoff) return settings.PokeInterval;
        var left = settings.Timeout - TimeSpan.FromSeconds(Math.Floor(elapsed.TotalSeconds));
        var wait = TimeSpan.FromSeconds(Jittered(settings.Reschedules ? PokeAt(elapsed) : poke));
        if (left < wait) wait = left;
        return settings.MaxWait is { } most && most > TimeSpan.Zero && most < wait ? most : wait;
    }

    /// <summary>The poke that this time belongs to, if each one came just when it was due.</summary>
    private int PokeAt(TimeSpan elapsed)
    {
        var (poke, passed) = (0, 0L);
        while (passed <= elapsed.TotalSeconds) passed += Jittered(++poke);
        return poke;
    }

    /// <summary>Seconds between one and two times the base, which is half the poke interval at first and doubles with each poke.</summary>
    private long Jittered(int poke)
    {
        var seconds = (long)Math.Max(1, Math.Min(LongestSeconds, settings.PokeInterval.TotalSeconds * Math.Pow(2, poke - 2)));
        return HashJitter.Seconds(seconds, string.Create(CultureInfo.InvariantCulture, $"{key.DagId}#{key.TaskId}#{HashJitter.PythonText(startedAt)}#{poke}"));
    }
}
