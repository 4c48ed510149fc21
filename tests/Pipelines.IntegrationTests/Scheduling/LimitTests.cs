using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>airflow-semantics.md §15: the limits beside the pools, and the order in which tasks are queued.</summary>
public class LimitTests
{
    private EngineBench _bench = null!;

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task Max_active_tis_per_dag_holds_over_all_runs()
    {
        _bench = await EngineBench.CreateAsync();
        await _bench.AddDagAsync("d", "a b", task => task == "a" ? [("maxActiveTisPerDag", 1)] : []);
        await _bench.AddDagAsync("other", "a", _ => [("maxActiveTisPerDag", 1)]);
        var (first, second, other) = (await _bench.TriggerAsync("d"), await _bench.TriggerAsync("d"), await _bench.TriggerAsync("other"));

        Assert.That((await _bench.StatesAsync(first)).Values, Is.All.EqualTo(Queued));
        Assert.That(await _bench.StatesAsync(second), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = Scheduled, ["b"] = Queued }));
        Assert.That((await _bench.StatesAsync(other)).Values, Is.All.EqualTo(Queued), "It is another DAG's.");
        Assert.That((await _bench.TaskAsync(second, "a")).Reason, Is.EqualTo("waits for 'a' of another run to end: 1 of at most 1 are active over all runs (max_active_tis_per_dag)"));

        await _bench.RunTaskAsync(first, "a");

        Assert.That((await _bench.TaskAsync(second, "a")).State, Is.EqualTo(Queued));
    }

    [Test]
    public async Task Max_active_tis_per_dagrun_holds_in_one_run()
    {
        _bench = await EngineBench.CreateAsync();
        await _bench.AddDagAsync("d", "a", _ => [("maxActiveTisPerDagrun", 2)]);
        var (first, second) = (await _bench.TriggerAsync("d"), await _bench.TriggerAsync("d"));
        // As mapping will make them.
        await _bench.Server.ExecuteAsync(
            $"""
            INSERT INTO pipelines.task_instance (dag_run_id, task_id, map_index, operator, state, try_number, max_tries, pool, priority_weight, queue, max_active_tis_per_dagrun)
            SELECT {first.Id}, 'a', n, 'Nothing', 'scheduled', 1, 0, 'default_pool', 1, 'default', 2 FROM generate_series(0, 2) n
            """);
        await _bench.TickAsync();

        Assert.That(await _bench.Server.ScalarAsync<long>($"SELECT count(*) FROM pipelines.task_instance WHERE state = 'queued' AND dag_run_id = {first.Id}"), Is.EqualTo(2));
        Assert.That(await _bench.Server.ScalarAsync<string>("SELECT DISTINCT reason FROM pipelines.task_instance WHERE state = 'scheduled'"),
            Is.EqualTo("waits for another 'a' of its run to end: 2 of at most 2 are active (max_active_tis_per_dagrun)"));
        Assert.That((await _bench.TaskAsync(second, "a")).State, Is.EqualTo(Queued));
    }

    [Test]
    public async Task Those_that_a_limit_holds_do_not_stand_in_front_of_others()
    {
        _bench = await EngineBench.CreateAsync(settings => settings with { Parallelism = 3 });
        await _bench.Get<SetPool>().ExecuteAsync("db", 3, null, EngineBench.Actor, CancellationToken.None);
        // Each alone would fit, and more of them than parallelism come first.
        await _bench.AddDagAsync("big", "a b c d", _ => [("pool", "db"), ("poolSlots", 2), ("priorityWeight", 9)]);
        await _bench.AddDagAsync("limited", "a", _ => [("maxActiveTisPerDag", 1), ("priorityWeight", 8)]);
        await _bench.AddDagAsync("small", "a");
        foreach (var dag in new[] { "big", "limited", "limited", "limited", "limited", "small" }) await _bench.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest(dag), EngineBench.Actor, CancellationToken.None);
        await _bench.TickAsync();

        Assert.That(await QueuedAsync(), Is.EqualTo("big, limited, small"));
    }

    [Test]
    public async Task Parallelism_holds_over_the_whole_installation_and_is_said()
    {
        _bench = await EngineBench.CreateAsync(settings => settings with { Parallelism = 2 });
        await _bench.AddDagAsync("d", "a b");
        var (first, second) = (await _bench.TriggerAsync("d"), await _bench.TriggerAsync("d"));
        await using var other = _bench.NewHost(settings => settings with { Parallelism = 2 });
        await other.GetRequiredService<Scheduler>().TickAsync(_bench.Now, CancellationToken.None);

        Assert.That((await _bench.StatesAsync(first)).Values, Is.All.EqualTo(Queued));
        Assert.That((await _bench.StatesAsync(second)).Values, Is.All.EqualTo(Scheduled));
        Assert.That((await _bench.TaskAsync(second, "b")).Reason,
            Is.EqualTo("waits for any task to end: 2 of at most 2 are queued or running in the whole installation (PIPELINES_PARALLELISM)"));
    }

    [Test]
    public async Task What_most_depends_on_is_queued_first()
    {
        _bench = await EngineBench.CreateAsync(settings => settings with { Parallelism = 2 });
        await _bench.AddDagAsync("d", "a b>c c>e d", task => task == "d" ? [("priorityWeight", 2)] : []);
        var run = await _bench.TriggerAsync("d");

        // b is worth 3 with c and e, d is worth 2 by itself.
        Assert.That(await _bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = Scheduled, ["b"] = Queued, ["c"] = None, ["d"] = Queued, ["e"] = None }));
        Assert.That(await _bench.Server.ScalarAsync<string>("SELECT string_agg(task_id || priority_weight, ' ' ORDER BY task_id) FROM pipelines.task_instance"), Is.EqualTo("a1 b3 c2 d2 e1"));
    }

    [Test]
    public async Task A_cleared_run_takes_the_limits_of_the_version_that_it_is_given()
    {
        _bench = await EngineBench.CreateAsync();
        await _bench.AddDagAsync("d", "a");
        var run = await _bench.TriggerAsync("d");
        await _bench.RunTaskAsync(run, "a");
        await _bench.AddDagAsync("d", "a", _ => [("poolSlots", 2), ("maxActiveTisPerDag", 3), ("maxActiveTisPerDagrun", 4), ("priorityWeight", 5)]);

        await _bench.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("d", run.RunId, ["a"]) { OnLatestVersion = true }, EngineBench.Actor, CancellationToken.None);

        Assert.That(await _bench.Server.ScalarAsync<string>("SELECT format('%s %s %s %s', pool_slots, max_active_tis_per_dag, max_active_tis_per_dagrun, priority_weight) FROM pipelines.task_instance"),
            Is.EqualTo("2 3 4 5"));
    }

    [Test]
    public async Task A_process_that_need_not_know_the_settings_leaves_slots_to_the_schedulers()
    {
        _bench = await EngineBench.CreateAsync(settings => settings with { Parallelism = 1 });
        await _bench.AddDagAsync("d", "a b");
        var run = await _bench.TriggerAsync("d");
        await using var terminal = _bench.NewHost(settings => settings with { GrantsSlots = false });
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var heard = _bench.Database.ListenAsync([Topic.SchedulerWork], TimeSpan.FromSeconds(1), TimeProvider.System, stop.Token).GetAsyncEnumerator();
        await heard.MoveNextAsync();

        await terminal.GetRequiredService<MarkTaskInstance>().ExecuteAsync("d", run.RunId, "a", Success, EngineBench.Actor, CancellationToken.None);

        Assert.That(await heard.MoveNextAsync(), Is.True, "The schedulers are told.");
        Assert.That((await _bench.TaskAsync(run, "b")).State, Is.EqualTo(Scheduled));
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(run, "b")).State, Is.EqualTo(Queued));
    }

    private Task<string> QueuedAsync() => _bench.Server.ScalarAsync<string>(
        "SELECT string_agg(r.dag_id, ', ' ORDER BY r.dag_id) FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE ti.state = 'queued'");
}
