using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Crashes.Cases;

/// <summary>kill -9 of a worker while a program of its task runs: the next attempt's program has the machine for itself.</summary>
public sealed class ProgramTests
{
    // All that it starts inherits the lock and holds it until it has ended: a child, two that make process groups of their own, and
    // one that SIGTERM does not impress. The second attempt takes the lock at once or fails for good.
    private const string Command =
        """
        exec 9>>held; flock --nonblock 9 || { echo "somebody is left" >&2; exit 1; }
        [ "$AIRFLOW_CTX_TRY_NUMBER" = 1 ] || { echo alone; exit 0; }
        sleep 1000 & timeout 1000 sleep 1000 & (trap '' TERM; while true; do sleep 1000; done) &
        set -m; sleep 1000 & set +m
        touch begun; wait
        """;

    private static Installation Installation => Ground.Installation;

    [Test]
    public async Task A_worker_dies_under_a_program_and_the_next_attempt_runs_alone()
    {
        Need.Tool("setsid");
        Need.Tool("flock");
        using var folder = new TemporaryDirectory();
        // The retry waits longer than what is left of the program has time to end.
        DagFile.ByHand("program", ("schedule", "@once"), ("isPausedUponCreation", "false"))
            .Add("script", "Bash", ("bashCommand", Command), ("cwd", folder.Path), ("retries", "1"), ("retryDelay", "3"))
            .Write(Installation.Workflows);
        await Until.TrueAsync(() => Task.FromResult(File.Exists(folder["begun"])), TimeSpan.FromMinutes(1), StandAsync);

        var worker = await Installation.Database.ScalarAsync<string>($"{Attempts} AND a.state = 'running'");
        await Installation.All("worker").Single(role => $"{worker}:".StartsWith($"{role.WorkerName}:", StringComparison.Ordinal)).KillAsync();
        await Until.TrueAsync(HasEndedAsync, TimeSpan.FromMinutes(1), StandAsync);

        Assert.That(await StandAsync(), Does.StartWith("failed: Worker").And.EndsWith("\nsuccess: "), "the first died with its worker, the second ran alone");
    }

    private const string Attempts =
        """
        SELECT a.worker, a.state || ': ' || coalesce(a.error, '') FROM pipelines.task_attempt a JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id
        JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = 'program'
        """;

    private static async Task<bool> HasEndedAsync() =>
        await Installation.Database.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pipelines.dag_run WHERE dag_id = 'program' AND state IN ('success', 'failed'))");

    private static async Task<string> StandAsync() => string.Join('\n', (await Installation.Database.RowsAsync($"{Attempts} ORDER BY a.token")).Select(row => row[1]));
}
