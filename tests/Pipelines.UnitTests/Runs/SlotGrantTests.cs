using CsCheck;
using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Runs;

public sealed class SlotGrantTests
{
    private static readonly Dictionary<string, PoolSlots> Pools = new()
    {
        ["default_pool"] = new(128, 0),
        ["two"] = new(2, 1),
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
            "pool 'typo' does not exist: create it or give the task another pool",
            "pool 'none' has no slots: give it some",
        }));

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
        var grant = SlotGrant.Decide([Task(1), Task(2)], Pools, new(new Dictionary<long, int>(), 1));
        Assert.That((grant.Granted.Single(), grant.Waits.Single().Reason), Is.EqualTo((1L, "waits for any task to end: the installation's parallelism is used up")));
    }

    [Test]
    public void No_limit_is_ever_passed_and_every_candidate_gets_an_answer() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[-5, 5], Gen.Int[1, 3]).List[0, 40].Sample(drawn =>
        {
            var candidates = drawn.Select((draw, index) =>
                Task(index, Pools.Keys.ElementAt(draw.Item1)) with { DagRunId = draw.Item2, PriorityWeight = draw.Item3, MaxActiveTasks = 3 }).ToList();
            var grant = SlotGrant.Decide(candidates, Pools, new(new Dictionary<long, int> { [0] = 2 }, 6));
            var granted = candidates.Where(candidate => grant.Granted.Contains(candidate.TaskInstanceId)).ToList();
            return granted.Count(task => task.Pool == "two") <= 1 && granted.All(task => task.Pool != "none") && granted.Count <= 6
                && granted.Count(task => task.DagRunId == 0) <= 1 && granted.Count(task => task.DagRunId == 1) <= 3
                && grant.Granted.Concat(grant.Waits.Select(wait => wait.TaskInstanceId)).Order().SequenceEqual(candidates.Select(task => task.TaskInstanceId));
        });

    private static SlotGrant Decide(params SlotCandidate[] candidates) => SlotGrant.Decide(candidates, Pools, new(new Dictionary<long, int>(), 100));

    private static SlotCandidate Task(long id, string pool = "default_pool") => new(id, 1, pool, 1, Sample.Now, 16);
}
