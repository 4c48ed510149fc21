using Pipelines.Model.Activities;

namespace Pipelines.UnitTests.Runs;

/// <summary>airflow-semantics.md §10, and task group ids of §8.</summary>
public sealed class TaskGroupsTests
{
    private const string Groups = "choose>load.a choose>load.b load.a>load.deep.c load.b>load.deep.c choose>loaded choose>clean.z";

    [TestCase("load", "load.a scheduled, load.b scheduled, load.deep.c -, loaded skipped, clean.z skipped", TestName = "A branch that follows a group follows its first tasks")]
    [TestCase("load clean.z", "load.a scheduled, load.b scheduled, load.deep.c -, loaded skipped, clean.z scheduled")]
    [TestCase("load.deep", "load.a skipped, load.b skipped, load.deep.c skipped, loaded skipped, clean.z skipped", TestName = "A group that does not come directly after the branch keeps nothing")]
    [TestCase("loaded", "load.a skipped, load.b skipped, load.deep.c skipped, loaded scheduled, clean.z skipped", TestName = "A task whose id begins alike is not in the group")]
    public void A_branch_follows_groups(string follow, string states) =>
        Assert.That(new BranchCourse(Groups, "choose").Succeed("choose", new Downstream.FollowTasks(follow.Split(' '))).States, Is.EqualTo($"choose success, {states}"));

    [Test]
    public void What_is_stored_are_tasks_as_in_Airflow() => Assert.That(
        new BranchCourse(Groups, "choose").Succeed("choose", new Downstream.FollowTasks(["load"])).DecisionOf("choose")!.ToJson().ToJsonString(),
        Is.EqualTo("""{"followed":["load.a","load.b"]}"""));

    [Test]
    public void A_task_with_the_id_of_a_group_is_meant_before_the_group() => Assert.That(
        new BranchCourse("choose>load choose>load.a", "choose").Succeed("choose", new Downstream.FollowTasks(["load"])).States,
        Is.EqualTo("choose success, load scheduled, load.a skipped"));

    [TestCase("laod", "Did you mean 'load'?")]
    [TestCase("load.", "Did you mean 'load'?")]
    [TestCase("clean.y", "Did you mean 'clean.z'?")]
    public void An_unknown_group_names_the_nearest_group_or_task(string follow, string hint) => Assert.That(
        Assert.Throws<TaskFailure>(() => new BranchCourse(Groups, "choose").Succeed("choose", new Downstream.FollowTasks([follow])))!.Message, Does.Contain(hint));
}
