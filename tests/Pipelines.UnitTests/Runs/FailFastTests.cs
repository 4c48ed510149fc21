using Pipelines.Model.Runs;
using Pipelines.UnitTests.Dags;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.UnitTests.Runs;

/// <summary>fail_fast (airflow-semantics.md §1): the first task that fails for good stops its run.</summary>
public sealed class FailFastTests
{
    private static readonly TaskState[] AllStates = [Failed, None, Scheduled, Queued, Running, UpForRetry, Restarting, Success, Failed, Skipped, UpstreamFailed];

    [Test]
    public void What_runs_fails_what_has_not_begun_is_skipped_and_what_has_ended_stays()
    {
        var decision = Decide("x a b c d e f g h i j", isFast: true, ["x"], AllStates);
        Assert.Multiple(() =>
        {
            Assert.That(decision.Transitions.Select(move => (move.From, move.To)), Is.EqualTo(new[]
            {
                (None, Skipped), (Scheduled, Skipped), (Queued, Skipped), (Running, Failed), (UpForRetry, Skipped), (Restarting, Failed),
            }));
            Assert.That(decision.Transitions.Select(move => move.Reason), Has.All.EqualTo("fail_fast: 'x' failed, which stops the other tasks of its run"));
            Assert.That((decision.RunState, decision.RunReason), Is.EqualTo((DagRunState.Failed, "task_failure")));
        });
    }

    [Test]
    public void What_depends_on_the_failed_task_is_skipped_and_the_run_is_no_success_for_that()
    {
        var decision = Decide("a>b b>c", isFast: true, ["a"], Failed, None, None);
        Assert.That(decision.Transitions.Select(move => move.To), Is.EqualTo(new[] { Skipped, Skipped }));
        Assert.That((decision.RunState, decision.RunReason), Is.EqualTo((DagRunState.Failed, "task_failure")));
    }

    [Test]
    public void Teardowns_take_away_what_was_prepared_all_the_same()
    {
        var dag = Sample.Dag("s>a a>t s>t") with { FailFast = true };
        dag = dag with { Tasks = [.. dag.Tasks.Select(task => task.TaskId == "t" ? Sample.Teardown(task, failsRun: false) : task with { IsSetup = task.TaskId == "s" })] };
        var decision = Planner.Decide(Sample.Snapshot(dag, Success, Failed, None) with { FailedNow = ["a"] }, Sample.Now);
        Assert.That(decision.Transitions.Select(move => move.To), Is.EqualTo(new[] { Scheduled }));
    }

    [TestCase(false, "a", TestName = "Without fail_fast the others go on")]
    [TestCase(true, "", TestName = "A failure of old, in a run that was cleared since, stops nothing")]
    public void Otherwise_the_others_go_on(bool isFast, string failedNow) =>
        Assert.That(Decide("a b", isFast, failedNow.Length == 0 ? [] : [failedNow], Failed, None).Transitions.Single().To, Is.EqualTo(Scheduled));

    [Test]
    public void A_task_with_another_trigger_rule_is_refused_in_the_file() =>
        Assert.That(new DagText().Set("failFast", true).Task("a").Task("b", ("triggerRule", "all_done")).Errors(), Is.EqualTo(new[]
        {
            "$.root.activities[2].triggerRule: The DAG has 'failFast', but task 'b' has the trigger rule all_done. With it every task must have all_success; change one of the two.",
        }));

    [Test]
    public void The_file_sets_it()
    {
        var dag = new DagText().Set("failFast", true).Set("maxConsecutiveFailedDagRuns", 3).Task("a").Read().Dag!;
        Assert.That((dag.FailFast, dag.MaxConsecutiveFailedDagRuns), Is.EqualTo((true, 3)));
    }

    private static Decision Decide(string edges, bool isFast, string[] failedNow, params TaskState[] states) =>
        Planner.Decide(Sample.Snapshot(Sample.Dag(edges) with { FailFast = isFast }, states) with { FailedNow = failedNow }, Sample.Now);
}
