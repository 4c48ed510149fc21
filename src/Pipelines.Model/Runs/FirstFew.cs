namespace Pipelines.Model.Runs;

/// <summary>Tasks by name in a sentence.</summary>
internal static class FirstFew
{
    private const int NamedAtMost = 3;

    /// <summary><c>a, b, c and 2 more</c>.</summary>
    public static string Of(IReadOnlyCollection<string> names)
    {
        var named = string.Join(", ", names.Take(NamedAtMost));
        return names.Count > NamedAtMost ? $"{named} and {names.Count - NamedAtMost} more" : named;
    }
}
