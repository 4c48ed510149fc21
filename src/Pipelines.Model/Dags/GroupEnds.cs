namespace Pipelines.Model.Dags;

/// <summary>The tasks of a group that come before all others of it, and those that come after them (airflow-semantics.md §9, §10), by their places.</summary>
internal sealed class GroupEnds
{
    private readonly IReadOnlyList<DagTask> _tasks;
    private readonly HashSet<int> _within;
    private readonly ILookup<int, int> _before;
    private readonly ILookup<int, int> _after;

    /// <param name="tasks">All tasks of the DAG.</param>
    /// <param name="edges">Those of the group at least.</param>
    /// <param name="within">The tasks of the group.</param>
    public GroupEnds(IReadOnlyList<DagTask> tasks, IEnumerable<DagEdge> edges, HashSet<int> within)
    {
        var inner = edges.Where(edge => within.Contains(edge.From) && within.Contains(edge.To)).ToList();
        (_tasks, _within, _before, _after) = (tasks, within, inner.ToLookup(edge => edge.To, edge => edge.From), inner.ToLookup(edge => edge.From, edge => edge.To));
    }

    /// <summary>What comes before the group comes before these.</summary>
    public IEnumerable<int> Firsts => _within.Where(place => !_before[place].Any()).Order();

    /// <summary>What comes after the group comes after these: what a teardown takes away at the end of it is nobody's to wait for, but the work before it is.</summary>
    public IEnumerable<int> Lasts => _within.Where(place => !_after[place].Any()).SelectMany(place => _tasks[place].IsTeardown ? WorkBefore(place, []) : [place]).Distinct().Order();

    private IEnumerable<int> WorkBefore(int teardown, HashSet<int> seen)
    {
        if (!seen.Add(teardown)) return [];
        // From a teardown to its setup is no way to the work between them.
        return _before[teardown].SelectMany(place => _tasks[place].IsTeardown ? WorkBefore(place, seen)
            : _tasks[place].IsSetup || _after[place].Any(after => after != teardown && !_tasks[after].IsTeardown) ? []
            : [place]);
    }
}
