namespace Pipelines.Model.Timetables;

/// <summary>A run at each of some listed moments (airflow-semantics.md §2, EventsTimetable).</summary>
public sealed class EventsTimetable : ITimetable
{
    private readonly DateTimeOffset[] _events;
    private readonly bool _isRestricted;

    /// <param name="events">The moments, in any order; of equal ones one counts.</param>
    /// <param name="isRestricted">True: a manual run is about the latest event before it, else about its own moment (Airflow's <c>restrict_to_events</c>).</param>
    public EventsTimetable(IEnumerable<DateTimeOffset> events, bool isRestricted)
    {
        _events = [.. events.Select(moment => moment.ToUniversalTime()).Distinct().Order()];
        _isRestricted = isRestricted;
    }

    /// <inheritdoc/>
    public string Summary => $"{_events.Length} events";

    /// <inheritdoc/>
    public bool CanBeScheduled => true;

    /// <summary>True: backfills run the events of their range.</summary>
    public bool Periodic => true;

    /// <inheritdoc/>
    public bool ForgetsThePast => true;

    /// <inheritdoc/>
    public PlannedRun? NextRun(DataInterval? lastAutomated, TimeRestriction restriction, DateTimeOffset now)
    {
        // Without catchup not even the latest missed event, other than with a trigger.
        var earliest = restriction.Catchup || restriction.Earliest > now ? restriction.Earliest : now;
        foreach (var moment in _events)
        {
            if (moment < earliest || moment <= lastAutomated?.End) continue;
            return moment > restriction.Latest ? null : RunAt(moment);
        }
        return null;
    }

    /// <inheritdoc/>
    public DataInterval InferManualInterval(DateTimeOffset runAfter)
    {
        var moment = !_isRestricted || _events.Length == 0 ? runAfter : _events.LastOrDefault(past => past <= runAfter, _events[0]);
        return new(moment, moment);
    }

    /// <inheritdoc/>
    public IEnumerable<PlannedRun> RunsBetween(DateTimeOffset from, DateTimeOffset to) => _events.Where(moment => moment >= from && moment <= to).Select(RunAt);

    private static PlannedRun RunAt(DateTimeOffset moment) => new(moment, new(moment, moment), moment);
}
