using System.Text.Json.Nodes;
using Pipelines.Activities.S3;
using Pipelines.Model.Activities;

namespace Pipelines.Activities.Extracts;

/// <summary>Finds the manifest that a load shall take: by URL, by task, or as the only one upstream.</summary>
internal static class ExtractReturn
{
    /// <summary>The manifest's URL.</summary>
    /// <exception cref="TaskFailure">None, or more than one (not retryable).</exception>
    public static async Task<S3Url> ManifestUrlAsync(ITaskContext context, CancellationToken cancellation)
    {
        var (url, task) = (context.Inputs.Optional("manifest"), context.Inputs.Optional("extract"));
        if (url is not null && task is not null) throw new TaskFailure("Set only one of the inputs 'manifest' and 'extract'.", retryable: false);
        if (url is not null) return S3Url.Parse(url, "Input 'manifest'");
        if (task is not null)
            return await OfAsync(context, task, cancellation)
                ?? throw new TaskFailure($"Input 'extract': task '{task}' returned no manifest in this run. Name an ExtractToS3 task that ran before.", retryable: false);
        return await OnlyUpstreamAsync(context, cancellation);
    }

    private static async Task<S3Url> OnlyUpstreamAsync(ITaskContext context, CancellationToken cancellation)
    {
        List<(string Task, S3Url Url)> found = [];
        foreach (var upstream in context.Run.UpstreamTaskIds)
            if (await OfAsync(context, upstream, cancellation) is { } url) found.Add((upstream, url));
        if (found is [var only]) return only.Url;
        throw new TaskFailure(found.Count == 0
            ? "No task directly upstream returned a manifest. Connect an ExtractToS3 task to this one, or set input 'extract' or 'manifest'."
            : $"Several upstream tasks returned a manifest: {string.Join(", ", found.Select(item => item.Task))}. Name one in input 'extract'.", retryable: false);
    }

    // CopyToRedshift returns a number under the same key: only a text is a manifest's URL.
    private static async Task<S3Url?> OfAsync(ITaskContext context, string task, CancellationToken cancellation) =>
        await context.XCom.PullAsync(task, IXCom.ReturnValue, cancellation) is JsonObject value && value["manifest"] is JsonValue manifest && manifest.TryGetValue<string>(out var url)
            ? S3Url.Parse(url, $"The manifest that task '{task}' returned")
            : null;
}
