using Pipelines.Model.Activities;

namespace Pipelines.Activities.Waiting;

/// <summary>Words for who waits for a run that does not go on by itself.</summary>
internal static class PausedDag
{
    /// <summary>To be added to what is waited for: that its DAG is paused; else nothing.</summary>
    public static async Task<string> WordsAsync(ITaskContext context, string dagId, CancellationToken cancellation) =>
        await context.Runs.IsPausedAsync(dagId, cancellation) ? $"; DAG '{dagId}' is paused: 'pipelines dags unpause {dagId}' lets its runs go on" : "";
}
