using CsCheck;
using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

/// <summary>airflow-semantics.md §15: which limits hold a task, in which order, and in which words.</summary>
public sealed class SlotGrantTests
{
    private static readonly Dictionary<string, PoolSlots> Pools = new()
    {
        ["default_pool"] = new(128, 0),
        ["two"] = new(2, 1),
        ["five"] = new(5, 0),
        ["endless"] = new(-1, 1000),
        ["none"] = new(0, 0),
    };

    [Test]
    public void Order_is_priority_then_logical_date_then_id_and_no_date_comes_last()
    {
        var early = Sample.Now.AddDays(-1);
        var grant = Decide(Task(1), Task(2) with { LogicalDate = null }, Task(3) with { LogicalDate = early }, Task(4) with { PriorityWeight = 9 }, Task(5) with { LogicalDate = early });
        Assert.That(grant.Granted, Is.EqualTo(new long[] { 4, 3, 5, 1, 2 }));
    }

    [Test]
    public void Live_tasks_come_before_those_of_backfills_whatever_their_priority()
    {
        var grant = Decide(Task(1) with { IsBackfill = true, PriorityWeight = 99 }, Task(2), Task(3) with { IsBackfill = true }, Task(4));
        Assert.That(grant.Granted, Is.EqualTo(new long[] { 2, 4, 1, 3 }));
    }

    [Test]
    public void A_full_pool_holds_up_only_its_own_tasks()
    {
        var grant = Decide(Task(1, "two"), Task(2, "two"), Task(3), Task(4, "endless"));
        Assert.Multiple(() =>
        {
            Assert.That(grant.Granted, Is.EqualTo(new long[] { 1, 3, 4 }));
            Assert.That(grant.Waits, Is.EqualTo(new[] { new TaskWait(2, "waits for a slot of pool 'two' (2 of 2 taken)") }));
        });
    }

    [Test]
    public void A_pool_that_is_missing_or_empty_says_what_to_do() =>
        Assert.That(Decide(Task(1, "typo"), Task(2, "none")).Waits.Select(wait => wait.Reason), Is.EqualTo(new[]
        {
            "pool 'typo' does not exist: create it ('pipelines pools set') or give the task another pool",
            "pool 'none' has no slots: give it some ('pipelines pools set')",
        }));

    [Test]
    public void A_task_takes_its_pool_slots_and_a_smaller_one_of_lower_priority_may_pass_it()
    {
        var grant = Decide(Task(1, "five") with { PoolSlots = 4 }, Task(2, "five") with { PoolSlots = 2 }, Task(3, "five"), Task(4, "endless") with { PoolSlots = 7 });
        Assert.Multiple(() =>
        {
            Assert.That(grant.Granted, Is.EqualTo(new long[] { 1, 3, 4 }));
            Assert.That(grant.Waits, Is.EqualTo(new[] { new TaskWait(2, "waits for 2 slots of pool 'five' (4 of 5 taken)") }));
        });
    }

    [Test]
    public void A_task_that_needs_more_slots_than_its_pool_has_can_never_start_and_says_so() =>
        Assert.That(Decide(Task(1, "two") with { PoolSlots = 3 }).Waits.Single().Reason, Is.EqualTo(
            "needs 3 slots, but pool 'two' has only 2, so it can never start: give the pool more ('pipelines pools set') or let the task take fewer (pool_slots)"));

    [Test]
    public void Max_active_tis_per_dag_counts_one_task_over_all_runs_of_its_dag()
    {
        var limited = new TaskLimit(2, 1);
        var grant = Decide(Task(1) with { PerDag = limited }, Task(2) with { PerDag = limited, DagRunId = 2 }, Task(3) with { TaskId = "other", PerDag = limited },
            Task(4) with { DagId = "other", DagRunId = 3, PerDag = limited });
        Assert.Multiple(() =>
        {
            Assert.That(grant.Granted, Is.EqualTo(new long[] { 1, 3, 4 }));
            Assert.That(grant.Waits, Is.EqualTo(new[] { new TaskWait(2, "waits for 'load' of another run to end: 2 of at most 2 are active over all runs (max_active_tis_per_dag)") }));
        });
    }

    [Test]
    public void Max_active_tis_per_dagrun_counts_one_task_in_its_run()
    {
        var limited = new TaskLimit(1, 0);
        var grant = Decide(Task(1) with { PerDagrun = limited }, Task(2) with { PerDagrun = limited }, Task(3) with { PerDagrun = limited, DagRunId = 2 });
        Assert.Multiple(() =>
        {
            Assert.That(grant.Granted, Is.EqualTo(new long[] { 1, 3 }));
            Assert.That(grant.Waits, Is.EqualTo(new[] { new TaskWait(2, "waits for another 'load' of its run to end: 1 of at most 1 are active (max_active_tis_per_dagrun)") }));
        });
    }

    [Test]
    public void Of_several_limits_that_hold_it_the_pool_is_told_first_and_parallelism_last()
    {
        var full = new SlotLimits(new Dictionary<long, int> { [1] = 16 }, 16);
        var held = Task(1, "two") with { PoolSlots = 2, PerDag = new(1, 1), PerDagrun = new(1, 1) };
        SlotCandidate[] each = [held, held with { Pool = "endless" }, held with { Pool = "endless", DagRunId = 2 }, held with { Pool = "endless", DagRunId = 2, PerDag = null }, held with { Pool = "endless", DagRunId = 2, PerDag = null, PerDagrun = null }];
        Assert.That(each.Select(candidate => SlotGrant.Decide([candidate], Pools, full).Waits.Single().Reason.Split(' ', '(', ')', ':').Last(word => word.Length > 0)),
            Is.EqualTo(new[] { "taken", "max_active_tasks", "max_active_tis_per_dag", "max_active_tis_per_dagrun", "PIPELINES_PARALLELISM" }));
    }

    [Test]
    public void Max_active_tasks_counts_per_run()
    {
        var limits = new SlotLimits(new Dictionary<long, int> { [1] = 15 }, 100);
        var grant = SlotGrant.Decide([Task(1), Task(2), Task(3) with { DagRunId = 2 }], Pools, limits);
        Assert.Multiple(() =>
        {
            Assert.That(grant.Granted, Is.EqualTo(new long[] { 1, 3 }));
            Assert.That(grant.Waits.Single().Reason, Is.EqualTo("waits for another task of its run to end: 16 of at most 16 are active (max_active_tasks)"));
        });
    }

    [Test]
    public void The_installations_parallelism_bounds_all_of_them()
    {
        var grant = SlotGrant.Decide([Task(1), Task(2)], Pools, new(new Dictionary<long, int> { [7] = 3 }, 4));
        Assert.That((grant.Granted.Single(), grant.Waits.Single().Reason),
            Is.EqualTo((1L, "waits for any task to end: 4 of at most 4 are queued or running in the whole installation (PIPELINES_PARALLELISM)")));
    }

    [Test]
    public void No_limit_is_ever_passed_and_every_candidate_gets_an_answer() =>
        Gen.Select(Gen.Int[0, Pools.Count - 1], Gen.Int[0, 2], Gen.Int[-5, 5], Gen.Int[1, 3], Gen.Int[0, 1]).List[0, 40].Sample(drawn =>
        {
            var candidates = drawn.Select((draw, index) => Task(index, Pools.Keys.ElementAt(draw.Item1)) with
            {
                DagRunId = draw.Item2,
                PriorityWeight = draw.Item3,
                PoolSlots = draw.Item4,
                TaskId = $"t{draw.Item5}",
                MaxActiveTasks = 4,
                PerDag = new(5, draw.Item5),
                PerDagrun = new(2, draw.Item5),
            }).ToList();
            var grant = SlotGrant.Decide(candidates, Pools, new(new Dictionary<long, int> { [0] = 2 }, 8));
            var granted = candidates.Where(candidate => grant.Granted.Contains(candidate.TaskInstanceId)).ToList();
            return granted.Where(task => task.Pool == "two").Sum(task => task.PoolSlots) <= 1 && granted.Where(task => task.Pool == "five").Sum(task => task.PoolSlots) <= 5
                && granted.All(task => task.Pool != "none") && granted.Count <= 6
                && granted.CountBy(task => task.DagRunId).All(run => run.Value <= (run.Key == 0 ? 2 : 4))
                && granted.CountBy(task => task.TaskId).All(task => task.Value <= (task.Key == "t1" ? 4 : 5))
                && granted.CountBy(task => (task.DagRunId, task.TaskId)).All(task => task.Value <= (task.Key.TaskId == "t1" ? 1 : 2))
                && grant.Granted.Concat(grant.Waits.Select(wait => wait.TaskInstanceId)).Order().SequenceEqual(candidates.Select(task => task.TaskInstanceId));
        });

    private static SlotGrant Decide(params SlotCandidate[] candidates) => SlotGrant.Decide(candidates, Pools, new(new Dictionary<long, int>(), 100));

    private static SlotCandidate Task(long id, string pool = "default_pool") => new(id, 1, pool, 1, Sample.Now, 16) { DagId = "sales", TaskId = "load" };
}
