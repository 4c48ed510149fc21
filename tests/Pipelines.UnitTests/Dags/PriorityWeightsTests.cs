using CsCheck;
using Pipelines.Model.Dags;

namespace Pipelines.UnitTests.Dags;

/// <summary>airflow-semantics.md §5: weight_rule.</summary>
public class PriorityWeightsTests
{
    [Test]
    public void Downstream_is_the_default_and_counts_each_task_after_once() =>
        // a leads to d by two ways.
        Assert.That(Weights(Diamond()), Is.EqualTo(new[] { 1 + 2 + 4 + 8, 2 + 8, 4 + 8, 8 }));

    [TestCase("upstream", new[] { 1, 1 + 2, 1 + 4, 1 + 2 + 4 + 8 })]
    [TestCase("absolute", new[] { 1, 2, 4, 8 })]
    [TestCase("downstream", new[] { 15, 10, 12, 8 })]
    public void Each_rule_adds_its_own(string rule, int[] weights) => Assert.That(Weights(Diamond(rule)), Is.EqualTo(weights));

    [Test]
    public void The_rule_is_the_tasks_own_and_adds_the_others_own_weights()
    {
        var dag = new DagText().Task("a", ("priorityWeight", 5)).Task("b", ("weightRule", "absolute"), ("priorityWeight", 7)).Task("c", ("weightRule", "upstream")).Edge("a", "b").Edge("b", "c");
        Assert.That(Weights(dag), Is.EqualTo(new[] { 5 + 7 + 1, 7, 1 + 7 + 5 }));
        Assert.That(dag.Read().Dag!.TasksById["a"].PriorityWeight, Is.EqualTo(5));
    }

    [TestCase(int.MaxValue, int.MaxValue)]
    [TestCase(int.MinValue, int.MinValue)]
    public void The_sum_stays_within_32_bits(int weight, int expected) =>
        Assert.That(Weights(new DagText().Task("a", ("priorityWeight", weight)).Task("b", ("priorityWeight", weight)).Edge("a", "b"))[0], Is.EqualTo(expected));

    [Test]
    public void Any_graph_gets_what_walking_it_gives() =>
        // More than 64 tasks, so that there are several blocks.
        Gen.Select(Gen.Int[1, 150], Gen.Int[0, 1 << 20].Array[0, 250], Gen.Int[-3, 3].Array[150], Gen.Int[0, 2].Array[150]).Sample((count, picks, weights, rules) =>
        {
            var edges = picks.Select(pick => (From: pick % count, To: (pick >> 8) % count)).Where(edge => edge.From < edge.To).Distinct().ToList();
            var tasks = Enumerable.Range(0, count).Select(place => new DagTask
            {
                TaskId = $"t{place}",
                ActivityType = "Copy",
                ActivityId = $"t{place}",
                PriorityWeight = weights[place],
                WeightRule = (WeightRule)rules[place],
                Upstream = [.. edges.Where(edge => edge.To == place).Select(edge => $"t{edge.From}")],
                Downstream = [.. edges.Where(edge => edge.From == place).Select(edge => $"t{edge.To}")],
            }).ToList();
            return PriorityWeights.Total(tasks).Select(task => task.PriorityWeightTotal).SequenceEqual(tasks.Select(task => Walk(tasks, task)));
        }, iter: 200);

    private static int Walk(List<DagTask> tasks, DagTask task)
    {
        var seen = new HashSet<string>();
        var next = new Stack<DagTask>([task]);
        while (next.TryPop(out var at))
        {
            foreach (var name in task.WeightRule switch { WeightRule.Downstream => at.Downstream, WeightRule.Upstream => at.Upstream, _ => [] })
                if (seen.Add(name)) next.Push(tasks.Single(other => other.TaskId == name));
        }
        return task.PriorityWeight + seen.Sum(name => tasks.Single(other => other.TaskId == name).PriorityWeight);
    }

    private static DagText Diamond(string? rule = null)
    {
        var text = new DagText();
        foreach (var (place, name) in new[] { "a", "b", "c", "d" }.Index())
            text.Task(name, rule is null ? [("priorityWeight", 1 << place)] : [("priorityWeight", 1 << place), ("weightRule", rule)]);
        return text.Edge("a", "b").Edge("a", "c").Edge("b", "d").Edge("c", "d");
    }

    private static int[] Weights(DagText text) => [.. text.Read().Dag!.Tasks.OrderBy(task => task.TaskId, StringComparer.Ordinal).Select(task => task.PriorityWeightTotal)];
}
