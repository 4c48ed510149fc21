namespace Pipelines.Model.Dags;

/// <summary>The order of the nodes of a directed graph, and its cycles. Nodes are numbers; labels break ties.</summary>
internal sealed class Graph
{
    private readonly IReadOnlyList<string> _labels;
    private readonly List<int>[] _before;
    private readonly List<int>[] _after;
    private readonly List<int> _order = [];
    private readonly List<IReadOnlyList<int>> _cycles = [];

    public Graph(IReadOnlyList<string> labels, IEnumerable<(int From, int To)> edges)
    {
        _labels = labels;
        _before = labels.Select(_ => new List<int>()).ToArray();
        _after = labels.Select(_ => new List<int>()).ToArray();
        foreach (var (from, to) in edges)
        {
            _after[from].Add(to);
            _before[to].Add(from);
        }
        Sort();
    }

    /// <summary>Every node after all nodes before it, ties by label (ordinal); a true order only when there are no cycles.</summary>
    public IReadOnlyList<int> Order => _order;

    /// <summary>Enough cycles that cutting the first node of each leaves none; each starts at its smallest label and follows the edges.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Cycles => _cycles;

    private void Sort()
    {
        var waiting = _before.Select(before => before.Count).ToArray();
        var left = Enumerable.Range(0, _labels.Count).ToHashSet();
        var ready = new PriorityQueue<int, string>(StringComparer.Ordinal);
        foreach (var node in left.Where(node => waiting[node] == 0)) ready.Enqueue(node, _labels[node]);
        while (left.Count > 0)
        {
            if (!ready.TryDequeue(out var next, out _))
            {
                _cycles.Add(FindCycle(left));
                next = _cycles[^1][0];
            }
            if (!left.Remove(next)) continue;
            _order.Add(next);
            foreach (var child in _after[next])
                if (--waiting[child] == 0 && left.Contains(child)) ready.Enqueue(child, _labels[child]);
        }
    }

    // Every node that is left has one before it that is left too, so walking backwards must come round.
    private List<int> FindCycle(HashSet<int> left)
    {
        var walk = new List<int>();
        var place = new Dictionary<int, int>();
        var node = Smallest(left);
        while (place.TryAdd(node, walk.Count))
        {
            walk.Add(node);
            node = Smallest(_before[node].Where(left.Contains));
        }
        var cycle = walk[place[node]..];
        cycle.Reverse();
        var first = cycle.IndexOf(Smallest(cycle));
        return [.. cycle[first..], .. cycle[..first]];
    }

    private int Smallest(IEnumerable<int> nodes) => nodes.MinBy(node => _labels[node], StringComparer.Ordinal);
}
