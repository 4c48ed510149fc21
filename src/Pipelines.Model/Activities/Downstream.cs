namespace Pipelines.Model.Activities;

/// <summary>
/// What a task that succeeded wants to become of the tasks after it (airflow-semantics.md §8). Those that it skips are skipped when its
/// attempt ends, unless they have started, and stay skipped when they are cleared; see <see cref="Runs.DownstreamDecision"/>.
/// </summary>
public abstract record Downstream
{
    private Downstream()
    {
    }

    /// <summary>Of the tasks directly after it, all are skipped but these and those that are anywhere downstream of these.</summary>
    /// <param name="TaskIds">Ids of tasks of the DAG, or of task groups, which stand for their first tasks; none: every task directly after it is skipped. An unknown id fails the attempt.</param>
    public sealed record FollowTasks(IReadOnlyList<string> TaskIds) : Downstream;

    /// <summary>As <see cref="FollowTasks"/>, of the tasks that are connected to these ports and to <c>Done</c>.</summary>
    /// <param name="Ports">Ports of the activity's descriptor. Another one fails the attempt.</param>
    public sealed record FollowPorts(IReadOnlyList<string> Ports) : Downstream;

    /// <summary>Tasks after it are skipped.</summary>
    /// <param name="Everywhere">True: all that are anywhere downstream, whatever their trigger rules say; false: those directly after it.</param>
    public sealed record Skip(bool Everywhere) : Downstream;
}
