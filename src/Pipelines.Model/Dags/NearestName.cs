namespace Pipelines.Model.Dags;

/// <summary>Finds the name a person probably meant.</summary>
public static class NearestName
{
    /// <summary><c> Did you mean 'x'?</c> with a leading space, or the known names when none is close and they are few, or nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        var names = known.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (Of(name, names) is { } near) return $" Did you mean '{near}'?";
        return names.Count is > 0 and <= 30 ? $" Known: {string.Join(", ", names)}." : "";
    }

    /// <summary>The known name with the fewest typing errors, or null when none is close.</summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        if (name.Length is 0 or > 100) return null;
        // Who writes the type with the package that it is in at Elsa's.
        if (name.Contains('.', StringComparison.Ordinal) && known.FirstOrDefault(candidate => name.EndsWith($".{candidate}", StringComparison.OrdinalIgnoreCase)) is { } last) return last;
        var limit = Math.Max(1, name.Length / 3);
        return known
            .Where(candidate => Math.Abs(candidate.Length - name.Length) <= limit)
            .Select(candidate => (candidate, distance: Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .Where(pair => pair.distance <= limit)
            .OrderBy(pair => pair.distance).ThenBy(pair => pair.candidate, StringComparer.Ordinal)
            .Select(pair => pair.candidate)
            .FirstOrDefault();
    }

    // Optimal string alignment: a swap of neighbours, the commonest slip, counts as one error.
    private static int Distance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++) cost[i, 0] = i;
        for (var j = 0; j <= b.Length; j++) cost[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                var same = a[i - 1] == b[j - 1] ? 0 : 1;
                cost[i, j] = Math.Min(Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1, cost[i - 1, j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }
        return cost[a.Length, b.Length];
    }
}
