namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>
/// The keys of one bucket in UTF-8 order, in memory: a listing opens no file. A sorted list, because it is searched and walked far more than it is
/// inserted into, and an insertion moves 8 bytes a key. Not thread-safe: the bucket locks.
/// </summary>
internal sealed class KeyIndex
{
    private readonly List<ObjectSummary> _objects = [];

    public int Count => _objects.Count;

    public static KeyIndex Of(IEnumerable<ObjectSummary> objects)
    {
        var index = new KeyIndex();
        index._objects.AddRange(objects.OrderBy(summary => summary.Key, KeyOrder.Instance));
        return index;
    }

    public ObjectSummary? Find(string key)
    {
        var position = FirstAtOrAfter(key);
        return position < Count && _objects[position].Key == key ? _objects[position] : null;
    }

    public void Put(ObjectSummary summary)
    {
        var position = FirstAtOrAfter(summary.Key);
        if (position < Count && _objects[position].Key == summary.Key)
            _objects[position] = summary;
        else
            _objects.Insert(position, summary);
    }

    public void Remove(string key)
    {
        var position = FirstAtOrAfter(key);
        if (position < Count && _objects[position].Key == key)
            _objects.RemoveAt(position);
    }

    public ListPage List(ListQuery query)
    {
        var page = new ListPage.Builder();
        var position = Start(query);
        while (position < Count && page.Count < query.MaxKeys && _objects[position].Key.StartsWith(query.Prefix, StringComparison.Ordinal))
        {
            if (query.GroupOf(_objects[position].Key) is { } group)
            {
                page.Add(group);
                position = FirstBeyond(group, position);
            }
            else
            {
                page.Add(_objects[position++]);
            }
        }

        var more = query.MaxKeys > 0 && position < Count && _objects[position].Key.StartsWith(query.Prefix, StringComparison.Ordinal);
        return page.Build(more);
    }

    // Keys and groups are one ordered sequence: a page that ended with a group goes on behind all of the group's keys.
    private int Start(ListQuery query)
    {
        var fromPrefix = FirstAtOrAfter(query.Prefix);
        if (query.After is not { Length: > 0 } after)
            return fromPrefix;
        var position = FirstAtOrAfter(after);
        if (position < Count && _objects[position].Key == after)
            position++;
        if (after.StartsWith(query.Prefix, StringComparison.Ordinal) && query.GroupOf(after) is { } group)
            position = FirstBeyond(group, position);
        return Math.Max(fromPrefix, position);
    }

    private int FirstAtOrAfter(string key) => First(0, candidate => KeyOrder.Instance.Compare(candidate, key) >= 0);

    // From `from` on, the keys of a group come first, without a gap.
    private int FirstBeyond(string group, int from) => First(from, candidate => !candidate.StartsWith(group, StringComparison.Ordinal));

    private int First(int from, Func<string, bool> holds)
    {
        var (low, high) = (from, Count);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (holds(_objects[middle].Key))
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
