namespace Pipelines.Api.Studio;

/// <summary>A whole list.</summary>
internal sealed record ListAnswer(IReadOnlyList<object> Items, int Count)
{
    public static ListAnswer Of(IReadOnlyList<object> items) => new(items, items.Count);
}
