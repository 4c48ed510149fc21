namespace Pipelines.Model.Timetables;

/// <summary>The span of data a run is about: [Start, End). Both UTC. Zero length is legal (airflow-semantics.md §2.2).</summary>
/// <param name="Start">Inclusive.</param>
/// <param name="End">Exclusive, not before <paramref name="Start"/>.</param>
public readonly record struct DataInterval(DateTimeOffset Start, DateTimeOffset End)
{
    /// <summary>Length of the span.</summary>
    public TimeSpan Length => End - Start;
}
