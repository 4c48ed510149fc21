using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>max_consecutive_failed_dag_runs (airflow-semantics.md §1).</summary>
public class FailurePauseTests
{
    private EngineBench _bench = null!;

    [SetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        await _bench.AddDagAsync("d", "a", _ => [], ("maxConsecutiveFailedDagRuns", "2"));
    }

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task After_so_many_failed_runs_in_a_row_the_DAG_is_paused_with_an_event_and_the_reason()
    {
        await RunAsync(Failed);
        Assert.That((await DagAsync()).IsPaused, Is.False);
        var last = await RunAsync(Failed);

        var dag = await DagAsync();
        Assert.That((dag.IsPaused, dag.PauseReason), Is.EqualTo((true,
            (string?)$"The scheduler paused it: its last 2 runs have all failed, the latest of them {last.RunId} (max_consecutive_failed_dag_runs is 2). Look why, then unpause it.")));
        var paused = (await _bench.Database.InTransactionAsync(tx => EventLogTable.NewestAsync(tx, 1))).Single();
        Assert.That((paused.Name, paused.Owner, paused.DagId, paused.RunId, paused.Extra), Is.EqualTo(("paused", "scheduler", (string?)"d", (string?)last.RunId, dag.PauseReason)));
        Assert.That(await _bench.Server.ScalarAsync<long>("SELECT count(*) FROM pipelines.failed_run"), Is.Zero);
    }

    [TestCase(new[] { Failed, Success, Failed }, false)]
    [TestCase(new[] { Success, Failed, Failed }, true)]
    public async Task A_success_in_between_begins_anew(TaskState[] runs, bool isPaused)
    {
        foreach (var to in runs) await RunAsync(to);
        Assert.That((await DagAsync()).IsPaused, Is.EqualTo(isPaused));
    }

    [Test]
    public async Task Who_unpauses_it_has_it_run_until_the_next_failure()
    {
        await RunAsync(Failed);
        await RunAsync(Failed);
        await _bench.Get<SetDagPaused>().ExecuteAsync("d", false, EngineBench.Actor, CancellationToken.None);
        await _bench.TickAsync();
        Assert.That(((await DagAsync()).IsPaused, (await DagAsync()).PauseReason), Is.EqualTo((false, (string?)null)));

        await RunAsync(Failed);
        Assert.That((await DagAsync()).IsPaused, Is.True);
    }

    [Test]
    public async Task Whoever_holds_the_DAG_does_not_hold_up_the_report_of_the_failure()
    {
        await RunAsync(Failed);
        var run = await _bench.TriggerAsync("d");
        await using (var held = await _bench.Database.BeginAsync())
        {
            await DagTable.LockAsync(held, "d");
            await _bench.RunTaskAsync(run, "a", Failed);
        }
        await _bench.Get<FailurePause>().PauseAsync(_bench.Now, CancellationToken.None);
        Assert.That((await DagAsync()).IsPaused, Is.True);
    }

    private async Task<DagRun> RunAsync(TaskState to)
    {
        _bench.Time.Advance(TimeSpan.FromMinutes(1));
        var run = await _bench.TriggerAsync("d");
        await _bench.RunTaskAsync(run, "a", to);
        await _bench.TickAsync();
        return run;
    }

    private async Task<StoredDag> DagAsync() => (await _bench.Database.InTransactionAsync(tx => DagTable.FindAsync(tx, "d")))!;
}
