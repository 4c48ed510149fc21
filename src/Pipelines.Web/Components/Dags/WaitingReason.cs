using Pipelines.Model.Runs;
using Pipelines.Web.Components.Shell;

namespace Pipelines.Web.Components.Dags;

/// <summary>Why a task is not running, in words: what the planner has stored, and what only the present knows.</summary>
internal static class WaitingReason
{
    /// <summary>Null: it runs or has ended, or there is nothing to say.</summary>
    /// <param name="task">The task.</param>
    /// <param name="run">Its run.</param>
    /// <param name="isPaused">The DAG's switch.</param>
    /// <param name="workers">Workers that are alive.</param>
    public static string? Of(TaskInstance task, DagRun run, bool isPaused, int workers) => task.State switch
    {
        TaskState.Running => null,
        var state when state.IsFinished() => null,
        TaskState.Queued when workers == 0 => $"{Sentence(task.Reason ?? "queued")} No worker is alive: start one with 'pipelines worker'.",
        TaskState.Queued => $"{Sentence(task.Reason ?? "queued")} {Words.Count(workers, "worker")} alive; one takes it as soon as it has a free place.",
        _ when run.State == DagRunState.Queued && isPaused => "Its run is queued and the DAG is paused: unpause it to let its runs go on.",
        _ when run.State == DagRunState.Queued => run.Reason is { } why ? $"Its run is queued: {Sentence(why, capital: false)}" : "Its run is queued; the scheduler starts it within a moment.",
        _ => task.Reason is { } reason ? Sentence(reason) : null,
    };

    private static string Sentence(string text, bool capital = true)
    {
        var ended = text.EndsWith('.') ? text : text + ".";
        return capital ? char.ToUpperInvariant(ended[0]) + ended[1..] : ended;
    }
}
