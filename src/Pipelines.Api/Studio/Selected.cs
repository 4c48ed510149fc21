using Pipelines.Engine.Operations;

namespace Pipelines.Api.Studio;

/// <summary>What a request names to read; as much as Studio's largest page shows, so that nobody makes the server read without end.</summary>
internal static class Selected
{
    private const int Most = 100;

    /// <summary>Each once.</summary>
    /// <exception cref="OperationException">There are too many.</exception>
    public static IReadOnlyCollection<string> Of(IReadOnlyCollection<string>? ids)
    {
        string[] distinct = [.. (ids ?? []).Distinct(StringComparer.Ordinal)];
        return distinct.Length <= Most ? distinct
            : throw new OperationException(RefusalKind.Invalid, $"{distinct.Length} are chosen; at most {Most} can be read at once. Choose fewer, and do the rest after them.");
    }
}
