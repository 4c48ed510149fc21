using System.Numerics;

namespace Pipelines.Model.Dags;

/// <summary>
/// The weights by which tasks are queued (airflow-semantics.md §5): each task after or before counts once, by however many ways it is
/// reached, and the sum is kept within 32 bits.
/// </summary>
public static class PriorityWeights
{
    private const int BlockSize = 64;

    /// <summary>The tasks with <see cref="DagTask.PriorityWeightTotal"/>.</summary>
    /// <param name="tasks">All tasks of a DAG, each after those before it.</param>
    /// <param name="own">The weight of a task by its <see cref="DagTask.OwnWeightRule"/>; null: no task has one.</param>
    public static IReadOnlyList<DagTask> Total(IReadOnlyList<DagTask> tasks, Func<DagTask, long>? own = null)
    {
        var places = tasks.Index().ToDictionary(task => task.Item.TaskId, task => task.Index, StringComparer.Ordinal);
        var after = Relatives(tasks, WeightRule.Downstream, [.. tasks.Select(task => Places(task.Downstream))]);
        var before = Relatives(tasks, WeightRule.Upstream, [.. tasks.Select(task => Places(task.Upstream))]);
        return [.. tasks.Select((task, place) => task with { PriorityWeightTotal = (int)Math.Clamp(WeightOf(task, place), int.MinValue, int.MaxValue) })];

        long WeightOf(DagTask task, int place) => task.OwnWeightRule is not null && own is not null ? own(task) : task.PriorityWeight + after[place] + before[place];

        int[] Places(IReadOnlyList<string> names) => [.. names.Select(name => places[name])];
    }

    /// <summary>
    /// By place, for tasks of the rule: the weights of all that <paramref name="next"/> leads to. Marks who reaches 64 of them at a time, in one
    /// number per task, so that a large DAG takes neither the memory nor the time of all its pairs.
    /// </summary>
    private static long[] Relatives(IReadOnlyList<DagTask> tasks, WeightRule rule, int[][] next)
    {
        var sums = new long[tasks.Count];
        if (tasks.All(task => task.WeightRule != rule)) return sums;
        var reached = new ulong[tasks.Count];
        for (var block = 0; block < tasks.Count; block += BlockSize)
        {
            for (var step = 0; step < tasks.Count; step++)
            {
                // Those that next leads to come first.
                var place = rule == WeightRule.Downstream ? tasks.Count - 1 - step : step;
                reached[place] = 0;
                foreach (var other in next[place])
                {
                    reached[place] |= reached[other];
                    if (other >= block && other < block + BlockSize) reached[place] |= 1UL << (other - block);
                }

                if (tasks[place].WeightRule == rule) sums[place] += Weights(tasks, block, reached[place]);
            }
        }

        return sums;
    }

    private static long Weights(IReadOnlyList<DagTask> tasks, int block, ulong marks)
    {
        long sum = 0;
        for (; marks != 0; marks &= marks - 1) sum += tasks[block + BitOperations.TrailingZeroCount(marks)].PriorityWeight;
        return sum;
    }
}
