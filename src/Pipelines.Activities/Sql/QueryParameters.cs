using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Sql;

/// <summary>The input that gives values to the places $1, $2 … of a statement.</summary>
internal static class QueryParameters
{
    public static InputDescriptor Descriptor { get; } =
        new("parameters", InputType.Json, "Parameters", "Values of $1, $2 … as a JSON array, e.g. [\"2026-01-01\", 5].") { TemplateExtensions = [".json"], UiHint = "json-editor", Check = inputs => Of(inputs) };

    /// <summary>As texts, whose types the server infers; null is NULL.</summary>
    /// <exception cref="TaskFailure">The input is no array (not retryable).</exception>
    public static string?[] Of(RenderedInputs inputs) => inputs.Json<string?[]>(
        Descriptor.Name, [], json => [.. json!.AsArray().Select(item => item is JsonValue value && value.TryGetValue<string>(out var plain) ? plain : item?.ToJsonString())],
        "a JSON array such as [\"2026-01-01\", 5]");
}
