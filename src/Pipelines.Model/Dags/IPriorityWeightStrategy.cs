namespace Pipelines.Model.Dags;

/// <summary>
/// A weight rule of somebody's own, as Airflow's PriorityWeightStrategy (airflow-semantics.md §5): a public class with a constructor without
/// parameters in a plugin. <c>weightRule</c> names it by its full name, such as <c>Acme.FirstThingsFirst</c>.
/// </summary>
public interface IPriorityWeightStrategy
{
    /// <summary>
    /// The weight by which the task's instances are queued, the highest first; more than 32 bits hold counts as what they hold. Asked whenever a
    /// version of the DAG is compiled, on every host, so it must say the same of the same, and neither read nor change anything else.
    /// </summary>
    /// <param name="dag">All of the DAG. Of its tasks <see cref="DagTask.PriorityWeight"/> counts; the totals are not known yet.</param>
    /// <param name="task">A task of it.</param>
    long GetWeight(Dag dag, DagTask task);
}
