using Pipelines.Engine.Execution.Attempts;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.UnitTests.Runs;

namespace Pipelines.UnitTests.Execution;

/// <summary>Ends of attempts of one run share a transaction, and each still gets its own answer whatever happens to that.</summary>
public sealed class AttemptReportsTests
{
    private readonly List<IReadOnlyList<AttemptEnding>> _commits = [];

    [Test]
    public async Task A_shared_commit_that_nobody_heard_of_is_sent_again_as_such_and_its_claims_are_looked_for()
    {
        var (began, first, looks) = (new TaskCompletionSource(), new TaskCompletionSource(), 0);
        var reports = new AttemptReports(async batch =>
        {
            _commits.Add(batch);
            began.TrySetResult();
            if (_commits.Count == 1) await first.Task;
            return batch.Count == 1 ? [ReportAnswer.Of(accepted: true)] : throw new IOException("cut");
        }, () => looks++);

        var alone = reports.SendAsync(Ending(1));
        await began.Task;
        var together = new[] { reports.SendAsync(Ending(2)), reports.SendAsync(Ending(3)) };
        first.SetResult();
        var answers = await Task.WhenAll([alone, .. together]);

        Assert.That(answers.Select(answer => answer.Accepted), Is.All.True);
        Assert.That(_commits.Select(batch => string.Join(' ', batch.Select(Words))), Is.EqualTo(new[] { "1", "2 3", "2 again", "3 again" }));
        Assert.That(looks, Is.EqualTo(1));
    }

    [Test]
    public async Task Of_two_that_shared_a_commit_only_the_one_that_cannot_be_stored_fails()
    {
        var (began, first) = (new TaskCompletionSource(), new TaskCompletionSource());
        var reports = new AttemptReports(async batch =>
        {
            _commits.Add(batch);
            began.TrySetResult();
            if (_commits.Count == 1) await first.Task;
            return batch.All(ending => ending.Assignment.TaskInstance.Id != 3) ? [.. batch.Select(_ => ReportAnswer.Of(accepted: true))] : throw new IOException("cannot be stored");
        }, () => { });

        var alone = reports.SendAsync(Ending(1));
        await began.Task;
        var (good, bad) = (reports.SendAsync(Ending(2)), reports.SendAsync(Ending(3)));
        first.SetResult();

        Assert.That((await good).Accepted, Is.True);
        await Assert.ThatAsync(() => bad, Throws.InstanceOf<IOException>());
        await alone;
    }

    private static string Words(AttemptEnding ending) => $"{ending.Assignment.TaskInstance.Id}{(ending.IsSentAgain ? " again" : "")}";

    private static AttemptEnding Ending(long taskInstanceId)
    {
        var dag = Sample.Dag("a");
        var assignment = new Assignment(Sample.Instance("a", TaskState.Running, taskInstanceId), taskInstanceId, Sample.Run(), dag, dag.Tasks[0]);
        return new AttemptEnding(assignment, AttemptResult.Of(new AttemptOutcome(new Outcome.Succeeded()), new SeenSecrets()), new LastLines([]), IsFree: true);
    }
}
