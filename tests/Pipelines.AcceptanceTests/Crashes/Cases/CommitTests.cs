using Pipelines.TestKit.Faults;

namespace Pipelines.AcceptanceTests.Crashes.Cases;

/// <summary>A connection that breaks during the load's COMMIT: the ledger says whether it took effect, and nobody guesses.</summary>
public sealed class CommitTests
{
    [TestCase(TrapPoint.Answer, 0, TestName = "A_commit_that_took_effect_unheard_is_found_in_the_ledger")]
    [TestCase(TrapPoint.Request, 1, TestName = "A_commit_that_never_arrived_is_done_again_by_the_next_attempt")]
    public async Task A_cut_during_commit(TrapPoint point, int furtherAttempts)
    {
        var dagId = $"cut_{point}".ToLowerInvariant();
        using var trap = Ground.Installation.Redshift.Set(statement => statement.Commits("_pipelines_loads"), point);
        var workload = await Workload.StartAsync(Ground.Installation, dagId, "append", TimeSpan.FromSeconds(1), 3, live: false);
        await trap.Sprung.WaitAsync(TimeSpan.FromSeconds(45));
        trap.Cut();

        await workload.ProveAsync();
        Assert.That(await workload.AttemptsAsync("load"), Is.EqualTo(3 + furtherAttempts));
        Assert.That(await LogsAsync(dagId), point == TrapPoint.Answer
            ? Does.Contain("The connection broke during COMMIT; the ledger shows that it took effect.")
            : Does.Not.Contain("took effect"));
    }

    private static async Task<string> LogsAsync(string dagId) => string.Join('\n', (await Ground.Installation.Database.RowsAsync(
        $"""
        SELECT l.content FROM pipelines.log_chunk l JOIN pipelines.task_attempt a ON a.id = l.attempt_id JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id
        JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = '{dagId}' AND ti.task_id = 'load'
        """)).Select(row => row[0]));
}
