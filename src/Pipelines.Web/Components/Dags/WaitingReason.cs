using Pipelines.Model.Runs;
using Pipelines.Web.Components.Shell;

namespace Pipelines.Web.Components.Dags;

/// <summary>Why a task is not running, in words: what the planner has stored, and what only the present knows.</summary>
/// <param name="IsPaused">The DAG's switch.</param>
/// <param name="Queue">The task's queue.</param>
/// <param name="Workers">Workers that are alive and serve it.</param>
internal sealed record WaitingReason(bool IsPaused, string Queue, int Workers)
{
    /// <summary>Null: it runs or has ended, or there is nothing to say.</summary>
    public string? Of(TaskInstance task, DagRun run) => task.State switch
    {
        TaskState.Running => null,
        var state when state.IsFinished() => null,
        TaskState.Queued when Workers == 0 => $"It waits for a worker, but none that is alive serves queue '{Queue}'. Start one with PIPELINES_QUEUES={Queue} and 'pipelines worker', or give the task another queue.",
        TaskState.Queued => $"{Sentence(task.Reason ?? "queued")} {Words.Count(Workers, "worker")} of it alive; the first with a free place takes it.",
        _ when run.State == DagRunState.Queued && IsPaused => "Its run is queued and the DAG is paused: unpause it to let its runs go on.",
        _ when run.State == DagRunState.Queued => run.Reason is { } why ? $"Its run is queued: {Ended(why)}" : "Its run is queued; the scheduler starts it within a moment.",
        _ => task.Reason is { } reason ? Sentence(reason) : null,
    };

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + Ended(text)[1..];

    private static string Ended(string text) => text.EndsWith('.') ? text : text + ".";
}
