using Pipelines.Model.Runs;
using CountWords = Pipelines.Web.Components.Shell.Words;

namespace Pipelines.Web.Components.Dags;

/// <summary>Why a run failed, in words: Airflow's word for it says little, and its failed tasks say the rest.</summary>
internal static class RunFailure
{
    private const int ShownAtMost = 3;

    /// <summary>Sentences; a colon ends them where <see cref="Shown"/> goes on.</summary>
    public static string Words(DagRun run, IReadOnlyList<TaskInstance> tasks)
    {
        var count = Failed(tasks).Count();
        var failed = count == 0 ? "" : $" {CountWords.Count(count, "task")} failed{(count > ShownAtMost ? $"; the first {ShownAtMost} to end" : "")}:";
        return (run.Reason switch
        {
            null or RunOutcome.TaskFailure => failed.Length > 0 ? failed : "Tasks failed.",
            RunOutcome.Deadlock => $"None of its unfinished tasks can ever run.{failed}",
            RunOutcome.TimedOut => $"It took longer than its DAG allows (dagRunTimeout).{failed}",
            { } other => $"{char.ToUpperInvariant(other[0])}{other[1..].TrimEnd('.')}.{failed}",
        }).TrimStart();
    }

    /// <summary>The tasks that failed of themselves, the first to end at the front; not more than a person reads.</summary>
    public static IEnumerable<TaskInstance> Shown(IReadOnlyList<TaskInstance> tasks) => Failed(tasks).OrderBy(task => task.EndDate).Take(ShownAtMost);

    private static IEnumerable<TaskInstance> Failed(IReadOnlyList<TaskInstance> tasks) => tasks.Where(task => task.State == TaskState.Failed);
}
