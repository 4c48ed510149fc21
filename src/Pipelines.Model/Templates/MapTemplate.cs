using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;

namespace Pipelines.Model.Templates;

/// <summary>Renders the template of <c>map</c> (airflow-semantics.md §11), which stands where Airflow has a Python function.</summary>
public static class MapTemplate
{
    private const string Item = "item";
    private const string Skip = "skip";

    /// <summary>What it makes of a value; of a single <c>{{ … }}</c> the value with its own type.</summary>
    /// <exception cref="SkippedItem">It skips the value.</exception>
    /// <exception cref="TaskFailure">It cannot be rendered (not retryable).</exception>
    public static JsonNode? Render(string template, JsonNode? item, TemplateContext context)
    {
        try
        {
            return JinjaTemplate.Parse(template).RenderNative(context with { Item = new MappedValue(item, IsLiteral: false) });
        }
        catch (TemplateException error)
        {
            throw new TaskFailure($"What task '{context.Task.TaskId}' is mapped over cannot be made: its map('{template}') fails: {error.Message}", retryable: false, inner: error);
        }
    }

    /// <summary>The names that only such a template has.</summary>
    internal static IEnumerable<KeyValuePair<string, Func<object?>>> Names(MappedValue item) =>
    [
        new(Item, () => TemplateJson.FromJson(item.Value)),
        new(Skip, () => (TemplateFunction)(call => throw new SkippedItem(call.Expect("reason").Text("reason", "map() skipped it")))),
    ];
}
