using CsCheck;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

/// <summary>
/// Random DAGs with random branches, setups and teardowns, tasks that depend on a random past, random ends of attempts, workers in random
/// order: what must hold for every run.
/// </summary>
public sealed class PlannerPropertyTests
{
    // Half of the tasks have the default.
    private static readonly TriggerRule[] Rules = [.. Enum.GetValues<TriggerRule>(), .. Enumerable.Repeat(TriggerRule.AllSuccess, 12)];

    [Test]
    public void Every_run_ends_as_its_leaves_say_and_no_task_starts_before_its_trigger_rule_allows_it() =>
        Gen.Select(Gen.Int[1, 12], Gen.Int[0, 100], Gen.Int[0, int.MaxValue]).Sample(
            (tasks, density, seed) =>
            {
                var chance = new Random(seed);
                var dag = RandomDag(tasks, density, chance);
                var course = new PlannerCourse(dag, chance);
                var ended = course.Drive();
                Assert.Multiple(() =>
                {
                    Assert.That(dag.Tasks.Where(task => !course.IsExplained(task)).Select(task => task.TaskId), Is.Empty);
                    Assert.That(ended, Is.EqualTo(NaiveRunFailed(dag, course.States) ? DagRunState.Failed : DagRunState.Success));
                });
            },
            iter: 2000);

    [Test]
    public void A_run_that_lacks_tasks_of_its_dag_ends_too_and_no_task_starts_before_its_trigger_rule_allows_it() =>
        Gen.Select(Gen.Int[2, 12], Gen.Int[0, 100], Gen.Int[0, int.MaxValue]).Sample(
            (tasks, density, seed) =>
            {
                var chance = new Random(seed);
                var dag = RandomDag(tasks, density, chance);
                new PlannerCourse(dag, chance, [.. dag.Tasks.Where((_, index) => index == 0 || chance.Next(3) > 0)]).Drive();
            },
            iter: 2000);

    private static bool NaiveRunFailed(Dag dag, Dictionary<string, TaskState> states)
    {
        DagTask[] After(DagTask task) => [.. dag.Tasks.Where(other => other.Upstream.Contains(task.TaskId))];
        var leaves = dag.Tasks.Where(task => After(task).All(IsIgnored) && !IsIgnored(task)).ToList();
        if (leaves.Count == 0) leaves = [.. dag.Tasks.Where(task => After(task).Length == 0)];
        return leaves.Exists(leaf => SetupTable.HasFailed(states[leaf.TaskId]));
    }

    private static bool IsIgnored(DagTask task) => task is { IsTeardown: true, OnFailureFailDagrun: false };

    private static Dag RandomDag(int tasks, int density, Random chance)
    {
        var edges = from later in Enumerable.Range(0, tasks)
                    from earlier in Enumerable.Range(0, later)
                    where chance.Next(100) < density
                    select $"t{earlier}>t{later}";
        var dag = Sample.Dag(string.Join(' ', Enumerable.Range(0, tasks).Select(task => $"t{task}").Concat(edges)));
        return WithRoles(dag with { Tasks = [.. dag.Tasks.Select(task => WithPast(task, chance) with { TriggerRule = Rules[chance.Next(Rules.Length)], Retries = chance.Next(3), RetryExponentialBackoff = chance.Next(3), SkipsDownstream = chance.Next(3) == 0 })] }, chance);
    }

    /// <summary>In two of three DAGs some tasks are setups and some teardowns, as a DAG file may have them.</summary>
    private static Dag WithRoles(Dag dag, Random chance)
    {
        if (chance.Next(3) == 0) return dag;
        var roles = dag.Tasks.ToDictionary(task => task.TaskId, _ => chance.Next(4));
        return dag with
        {
            Tasks = [.. dag.Tasks.Select(task => roles[task.TaskId] == 1 ? Sample.Teardown(task, chance.Next(2) == 0)
                : task with { IsSetup = roles[task.TaskId] == 0, TriggerRule = task.Upstream.Any(taskId => roles[taskId] == 0) ? TriggerRule.AllSuccess : task.TriggerRule })],
        };
    }

    private static DagTask WithPast(DagTask task, Random chance)
    {
        var waits = chance.Next(8) == 0;
        return task with { WaitForDownstream = waits, DependsOnPast = waits || chance.Next(4) == 0, WaitForPastDependsBeforeSkipping = chance.Next(4) == 0 };
    }
}
