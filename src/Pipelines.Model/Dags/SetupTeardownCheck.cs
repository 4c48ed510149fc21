using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.Model.Dags;

/// <summary>Reports setups and teardowns that make no sense (airflow-semantics.md §1, §9).</summary>
/// <param name="activities">The activities, at the places of their tasks.</param>
/// <param name="tasks">The tasks.</param>
/// <param name="report">Takes what is wrong.</param>
internal sealed class SetupTeardownCheck(IReadOnlyList<ElsaActivity> activities, IReadOnlyList<DagTask> tasks, DagFileReport report)
{
    /// <summary>Looks at all tasks and at the edges between their places.</summary>
    public void Check(IEnumerable<(int From, int To)> edges)
    {
        foreach (var (place, task) in tasks.Index()) CheckTask(place, task);
        foreach (var (from, to) in edges.Distinct()) CheckAfterSetup(tasks[from], to);
    }

    private void CheckTask(int place, DagTask task)
    {
        if (task is { IsSetup: true, IsTeardown: true })
            Error(place, TaskInputs.IsTeardown, $"'{task.TaskId}' is both a setup and a teardown. Unset '{TaskInputs.IsSetup}' or '{TaskInputs.IsTeardown}'.");
        if (task is { OnFailureFailDagrun: true, IsTeardown: false })
            Error(place, TaskInputs.OnFailureFailDagrun, $"'{TaskInputs.OnFailureFailDagrun}' is for teardowns, and '{task.TaskId}' is none: its failure counts anyway. Unset it, or set '{TaskInputs.IsTeardown}'.");
        if (task is { IsTeardown: true, TriggerRule: not TriggerRule.AllDoneSetupSuccess })
            Error(place, TaskInputs.TriggerRule, $"'{task.TaskId}' is a teardown, whose trigger rule is always all_done_setup_success and not {StateNames.ToName(task.TriggerRule)}. Take '{TaskInputs.TriggerRule}' out.");
    }

    private void CheckAfterSetup(DagTask setup, int place)
    {
        if (setup.IsSetup && tasks[place] is { IsTeardown: false, TriggerRule: not TriggerRule.AllSuccess } task)
            Error(place, TaskInputs.TriggerRule, $"'{task.TaskId}' comes directly after the setup '{setup.TaskId}', so its trigger rule must be all_success and not {StateNames.ToName(task.TriggerRule)}. Take '{TaskInputs.TriggerRule}' out, or the connection.");
    }

    private void Error(int place, string input, string message) => report.Error(activities[place].Part.Get(input) ?? activities[place].Part, message);
}
