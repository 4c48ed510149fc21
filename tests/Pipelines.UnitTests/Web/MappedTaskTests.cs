using Pipelines.Model.Runs;
using Pipelines.Web.Components.Dags;

namespace Pipelines.UnitTests.Web;

/// <summary>How pages sum up a mapped task.</summary>
public sealed class MappedTaskTests
{
    private static readonly TaskInstance[] Tasks =
    [
        Of("a", -1, TaskState.Success), Of("m", 0, TaskState.Success), Of("m", 1, TaskState.Failed), Of("m", 2, TaskState.Success), Of("m", 3, TaskState.None), Of("m", 4, TaskState.Failed),
    ];

    [Test]
    public void A_mapped_task_is_one_line_with_its_gravest_state_and_how_many_are_in_each() =>
        Assert.That(MappedTask.Of(Tasks).Values, Is.EqualTo(new[] { new MappedTask("m", "failed", "5 task instances: 2 failed, 1 no status, 2 success") }));

    [Test]
    public void Those_that_need_to_be_looked_at_come_first() =>
        Assert.That(MappedTask.Gravest(Tasks.Where(task => task.TaskId == "m")).Select(task => task.MapIndex), Is.EqualTo(new[] { 1, 4, 3, 0, 2 }));

    private static TaskInstance Of(string taskId, int mapIndex, TaskState state) => new() { Id = mapIndex + 10, DagRunId = 1, TaskId = taskId, MapIndex = mapIndex, State = state };
}
