namespace Pipelines.LocalCloud.S3.Objects;

/// <summary>What to list.</summary>
/// <param name="Prefix">Only keys that start with this.</param>
/// <param name="Delimiter">Keys that contain it behind the prefix are rolled up into one group each; null: none are.</param>
/// <param name="After">Only keys and groups behind this one, in UTF-8 order.</param>
/// <param name="MaxKeys">The most keys and groups together.</param>
public sealed record ListQuery(string Prefix = "", string? Delimiter = null, string? After = null, int MaxKeys = 1000)
{
    internal string? GroupOf(string key)
    {
        if (string.IsNullOrEmpty(Delimiter))
            return null;
        var at = key.IndexOf(Delimiter, Prefix.Length, StringComparison.Ordinal);
        return at < 0 ? null : key[..(at + Delimiter.Length)];
    }
}

/// <summary>One page of a listing, in UTF-8 order.</summary>
/// <param name="Objects">Keys that were not rolled up.</param>
/// <param name="CommonPrefixes">Groups of keys up to and with the delimiter.</param>
/// <param name="Next">Where the next page starts (its <see cref="ListQuery.After"/>); null: this is the last page.</param>
public sealed record ListPage(IReadOnlyList<ObjectSummary> Objects, IReadOnlyList<string> CommonPrefixes, string? Next)
{
    internal sealed class Builder
    {
        private readonly List<ObjectSummary> _objects = [];
        private readonly List<string> _groups = [];
        private string? _last;

        public int Count => _objects.Count + _groups.Count;

        public void Add(ObjectSummary summary)
        {
            _objects.Add(summary);
            _last = summary.Key;
        }

        public void Add(string group)
        {
            _groups.Add(group);
            _last = group;
        }

        public ListPage Build(bool more) => new(_objects, _groups, more ? _last : null);
    }
}
