using Pipelines.Model.Activities;
using Pipelines.Model.Mapping;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>What an activity returned, and what that decides of the tasks after it.</summary>
/// <param name="Outcome">What it returned.</param>
/// <param name="Decision">Null: the tasks' trigger rules decide.</param>
internal sealed record AttemptOutcome(Outcome Outcome, DownstreamDecision? Decision = null)
{
    /// <summary>How long people have to answer what it asks; null: without end, or it asks nothing.</summary>
    public TimeSpan? ResponseLimit { get; init; }

    /// <summary>True: there was no activity to call, see <see cref="MissingActivity"/>.</summary>
    public bool IsUnbegun { get; init; }

    /// <summary>Of what an activity has just returned; says in the log what it decided.</summary>
    /// <exception cref="TaskFailure">What it wants of the tasks after it is not possible, it updated what is none of its outlets, what it returned is too large, or those that are mapped over it cannot be.</exception>
    public static AttemptOutcome Of(Outcome outcome, Assignment assignment, ActivityDescriptor descriptor, TaskLog log, int maxMapLength)
    {
        XComLimits.Require(IXCom.ReturnValue, (outcome as Outcome.Succeeded)?.ReturnValue);
        var wanted = (outcome as Outcome.Succeeded)?.Downstream;
        if (outcome is Outcome.Succeeded { ReturnValue: var returned }) PushedResult.Check(assignment.Dag, assignment.Task, assignment.TaskInstance.MapIndex, returned, maxMapLength);
        OutletEvents.Check(assignment.Task, (outcome as Outcome.Succeeded)?.AssetUpdates ?? []);
        var decision = DownstreamDecision.Of(assignment.Dag, assignment.Task, descriptor, wanted);
        if (wanted is Downstream.FollowTasks follow)
        {
            // Airflow allows it, and it is nearly always a slip.
            foreach (var taskId in follow.TaskIds.Except(assignment.Task.Downstream))
                log.Write(LogLevel.Warning, $"'{taskId}' is not directly after '{assignment.Task.TaskId}', so following it starts nothing by itself. Connect the two if it should.");
        }

        if (decision is not null)
        {
            var skipped = assignment.Task.Downstream.Where(decision.Skips).ToList();
            log.Write(LogLevel.Info, $"{decision.Words(assignment.Task.TaskId)}; {(skipped.Count == 0 ? "nothing is skipped" : $"skipped: {string.Join(", ", skipped)}")}.");
        }

        return new AttemptOutcome(outcome, decision) { ResponseLimit = outcome is Outcome.Asked ? assignment.Task.ExecutionTimeout : null };
    }
}
