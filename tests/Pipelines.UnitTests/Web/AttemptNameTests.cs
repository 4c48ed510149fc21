using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;
using Pipelines.Web.Logs;

namespace Pipelines.UnitTests.Web;

/// <summary>Attempts in URLs.</summary>
public sealed class AttemptNameTests
{
    private static readonly TaskAttempt[] All = [Attempt(1, 1), Attempt(2, 2), Attempt(2, 5), Attempt(3, 6)];

    [Test]
    public void Every_attempt_has_a_name_of_its_own_by_which_it_is_found()
    {
        Assert.That(All.Select(attempt => AttemptName.Of(attempt, All)), Is.EqualTo(new[] { "1", "2.2", "2", "3" }));
        Assert.That(All.Select(attempt => AttemptName.Find(All, AttemptName.Of(attempt, All))), Is.EqualTo(All));
        Assert.That(All.Select(attempt => AttemptName.WasHandedBack(attempt, All)), Is.EqualTo(new[] { false, true, false, false }));
    }

    [TestCase(null, 6)]
    [TestCase("", 6, Description = "?try= in a URL")]
    [TestCase("2", 5)]
    [TestCase("2.5", 5, Description = "a link that was made before it was handed back")]
    public void A_name_that_fits_several_means_the_latest(string? name, long token) => Assert.That(AttemptName.Find(All, name)?.Token, Is.EqualTo(token));

    [TestCase("4")]
    [TestCase("2.6")]
    [TestCase("two")]
    public void Another_name_is_nobodys(string name) => Assert.That(AttemptName.Find(All, name), Is.Null);

    private static TaskAttempt Attempt(int tryNumber, long token) => new()
    {
        Id = token,
        TaskInstanceId = 1,
        TryNumber = tryNumber,
        Token = token,
        Worker = "w",
        State = TaskState.Failed,
        StartDate = new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero),
        Progress = new TaskProgress(0, 0, 0),
    };
}
