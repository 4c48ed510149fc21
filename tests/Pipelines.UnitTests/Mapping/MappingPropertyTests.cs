using System.Text.Json.Nodes;
using CsCheck;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Mapping;
using Pipelines.Model.Runs;
using Pipelines.Model.Runs.Readiness;
using Pipelines.UnitTests.Runs;

namespace Pipelines.UnitTests.Mapping;

/// <summary>Random DAGs of mapped and other tasks, results of every length and kind, clears of tasks and of single indexes: what must hold for every run.</summary>
public sealed class MappingPropertyTests
{
    private const int MaxMapLength = 20;
    private static readonly TriggerRule[] Rules = [.. Enum.GetValues<TriggerRule>().Where(rule => rule != TriggerRule.Always), .. Enumerable.Repeat(TriggerRule.AllSuccess, 12)];

    [Test]
    public void Every_run_ends_with_as_many_instances_as_were_asked_for_and_none_starts_before_its_rule_allows_it() =>
        Gen.Select(Gen.Int[1, 6], Gen.Int[20, 100], Gen.Int[0, int.MaxValue]).Sample(
            (tasks, density, seed) =>
            {
                var chance = new Random(seed);
                var course = new MapCourse(RandomDag(tasks, density, chance));
                for (var step = 0; course.Ended.State is null; step++)
                {
                    Assert.That(step, Is.LessThan(2000), "the run does not end");
                    Step(course, chance, mayClear: step < 30);
                }

                Assert.Multiple(() =>
                {
                    Assert.That(course.Dag.Tasks.Select(task => Fault(course, task)).Where(fault => fault is not null), Is.Empty);
                    Assert.That(course.Ended.State, Is.EqualTo(NaiveRunFailed(course) ? DagRunState.Failed : DagRunState.Success));
                });
            },
            iter: 3000);

    private static void Step(MapCourse course, Random chance, bool mayClear)
    {
        var before = course.Tasks;
        var active = before.Where(task => task.State == TaskState.Scheduled).ToList();
        if (mayClear && chance.Next(6) == 0)
        {
            Clear(course, chance);
        }
        else if (active.Count > 0)
        {
            var task = active[chance.Next(active.Count)];
            var (state, pushed) = End(course.Dag, task, chance);
            course.Becomes(MapCourse.Name(task), state, pushed);
            var unfinished = before.Where(other => other.Id != task.Id && !other.State.IsFinished()).Select(other => other.TaskId).ToHashSet();
            if (state == TaskState.Success && !Repercussion.Any(course.Dag, [task.TaskId], unfinished, taskId => before.Any(other => other.TaskId == taskId)))
                Assert.That(course.Tasks.Where(other => other.Id != task.Id).Select(Place), Is.EqualTo(before.Where(other => other.Id != task.Id).Select(Place)), "what has no repercussion changes nothing but reasons");
        }

        foreach (var started in course.Tasks.Where(task => task.State == TaskState.Scheduled && before.All(old => old.Id != task.Id || old.State != TaskState.Scheduled)))
        {
            var task = course.Dag.TasksById[started.TaskId];
            Assert.That(RuleTable.Of(task.TriggerRule, Upstream(course, task, started.MapIndex)), Is.EqualTo(ReadinessVerdict.Passed), $"{MapCourse.Name(started)} of {course.States}");
            Assert.That(started.MapIndex >= 0, Is.EqualTo(task.Mapping is not null), "what is mapped runs by its indexes");
        }
    }

    private static (long Id, int MapIndex, TaskState State) Place(TaskInstance task) => (task.Id, task.MapIndex, task.State);

    /// <summary>All of a task with all after it, or one index of it with all after it.</summary>
    private static void Clear(MapCourse course, Random chance)
    {
        var chosen = course.Tasks[chance.Next(course.Tasks.Count)];
        var after = course.Dag.WithDescendants([chosen.TaskId]);
        var whole = chance.Next(2) == 0;
        course.Clear([.. course.Tasks.Where(task => task.State != TaskState.Removed
            && (task.TaskId == chosen.TaskId ? whole || task.Id == chosen.Id : after.Contains(task.TaskId))).Select(MapCourse.Name)]);
    }

    private static (TaskState State, int? Pushed) End(Dag dag, TaskInstance task, Random chance)
    {
        if (chance.Next(8) is var other and < 2) return (other == 0 ? TaskState.Failed : TaskState.Skipped, null);
        JsonNode? returned = chance.Next(8) switch
        {
            0 => null,
            1 => "text",
            2 => List(MaxMapLength + 1),
            _ => List(chance.Next(4)),
        };
        try
        {
            PushedResult.Check(dag, dag.TasksById[task.TaskId], task.MapIndex, returned, MaxMapLength);
            return (TaskState.Success, MapItems.Count(returned));
        }
        catch (TaskFailure)
        {
            return (TaskState.Failed, null);
        }
    }

    /// <summary>What is wrong with the task instances that a task ended with; null: nothing.</summary>
    private static string? Fault(MapCourse course, DagTask task)
    {
        var there = course.Tasks.Where(instance => instance.TaskId == task.TaskId && instance.State != TaskState.Removed).ToList();
        var indexes = there.Select(instance => instance.MapIndex).Order().ToList();
        if (indexes.SequenceEqual([-1]))
            return task.Mapping is null || there[0].State is TaskState.Skipped or TaskState.UpstreamFailed ? null : $"{task.TaskId} ended {there[0].State} without being expanded";
        return !indexes.SequenceEqual(Enumerable.Range(0, indexes.Count)) ? $"{task.TaskId} has the indexes {string.Join(' ', indexes)}"
            : there.Any(instance => instance.State is TaskState.Success or TaskState.Failed) && course.LengthOf(task) != indexes.Count ? $"{task.TaskId} has {indexes.Count} instances and should have {course.LengthOf(task)}" : null;
    }

    // Of what is mapped with its group a task sees its own index alone, or that it ended before it was expanded.
    private static TaskState[] Upstream(MapCourse course, DagTask task, int mapIndex) =>
        [.. course.Tasks.Where(other => task.Upstream.Contains(other.TaskId) && (!course.Dag.TasksById[other.TaskId].IsMappedWith(task) || other.MapIndex == mapIndex || other.MapIndex < 0) && (other.State != TaskState.Removed || other.MapIndex < 0)).Select(other => other.State)];

    private static bool NaiveRunFailed(MapCourse course) => course.Tasks
        .Where(task => course.Dag.TasksById[task.TaskId].Downstream.Count == 0)
        .Any(leaf => leaf.State is TaskState.Failed or TaskState.UpstreamFailed);

    private static JsonArray List(int length) => new([.. Enumerable.Range(0, length).Select(number => JsonValue.Create(number))]);

    private static Dag RandomDag(int tasks, int density, Random chance)
    {
        var edges = from later in Enumerable.Range(0, tasks)
                    from earlier in Enumerable.Range(0, later)
                    where chance.Next(100) < density
                    select $"t{earlier}>t{later}";
        var dag = Sample.Dag(string.Join(' ', Enumerable.Range(0, tasks).Select(task => $"t{task}").Concat(edges)));
        dag = dag with { Tasks = [.. dag.Tasks.Select(task => task with { TriggerRule = Rules[chance.Next(Rules.Length)], Mapping = RandomMapping(task, chance) })] };
        return chance.Next(2) == 0 ? dag : WithGroup(dag, chance);
    }

    /// <summary>Some of the later tasks are a group that is mapped over earlier ones.</summary>
    private static Dag WithGroup(Dag dag, Random chance)
    {
        var border = chance.Next(dag.Tasks.Count);
        string[] within = [.. dag.Tasks.Skip(border).Where(_ => chance.Next(3) > 0).Select(task => task.TaskId)];
        string Over() => border > 0 && chance.Next(3) > 0 ? $"{dag.Tasks[chance.Next(border)].TaskId}.output" : List(chance.Next(4)).ToJsonString();
        return within.Length == 0 ? dag : dag.Grouped(SampleMapping.Expand([.. Enumerable.Range(0, chance.Next(1, 3)).Select(number => ($"a{number}", Over()))]), within);
    }

    private static TaskMapping? RandomMapping(DagTask task, Random chance)
    {
        (string, string) Argument(int number) => ($"a{number}", task.Upstream.Count > 0 && chance.Next(3) > 0 ? $"{task.Upstream[chance.Next(task.Upstream.Count)]}.output" : List(chance.Next(4)).ToJsonString());
        return chance.Next(3) == 0 ? null : SampleMapping.Expand([.. Enumerable.Range(0, chance.Next(1, 3)).Select(Argument)]);
    }
}
