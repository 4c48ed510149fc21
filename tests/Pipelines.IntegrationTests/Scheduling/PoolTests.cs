using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Storage.Access;
using Pipelines.Storage.Runs;
using static Pipelines.Model.Runs.TaskState;

namespace Pipelines.IntegrationTests.Scheduling;

/// <summary>airflow-semantics.md §15: pools, as they are stored, granted and changed.</summary>
public class PoolTests
{
    private EngineBench _bench = null!;

    private static CancellationToken NoStop => CancellationToken.None;

    [SetUp]
    public async Task CreateAsync() => _bench = await EngineBench.CreateAsync();

    [TearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public async Task The_default_pool_has_128_slots() =>
        Assert.That((await PoolsAsync()).Select(pool => (pool.Name, pool.Slots, pool.Occupied, pool.Use.Open)), Is.EqualTo(new[] { ("default_pool", 128, 0L, 128) }));

    [Test]
    public async Task A_task_takes_its_slots_and_a_smaller_one_passes_one_that_does_not_fit()
    {
        await SetAsync("db", 3);
        await _bench.AddDagAsync("d", "a b c", task => [("pool", "db"), ("poolSlots", task == "c" ? 1 : 2)]);
        var run = await _bench.TriggerAsync("d");

        Assert.That(await _bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = Queued, ["b"] = Scheduled, ["c"] = Queued }));
        Assert.That((await _bench.TaskAsync(run, "b")).Reason, Is.EqualTo("waits for 2 slots of pool 'db' (3 of 3 taken)"));
        Assert.That((await PoolsAsync()).Select(pool => (pool.Name, pool.Occupied, pool.Use.Open)), Is.EqualTo(new[] { ("db", 3L, 0), ("default_pool", 0L, 128) }));

        await _bench.RunTaskAsync(run, "a");

        Assert.That((await _bench.TaskAsync(run, "b")).State, Is.EqualTo(Queued));
    }

    [Test]
    public async Task A_pool_without_end_holds_nobody()
    {
        await SetAsync("db", -1);
        await _bench.AddDagAsync("d", "a b", _ => [("pool", "db"), ("poolSlots", 1000)]);
        Assert.That((await _bench.StatesAsync(await _bench.TriggerAsync("d"))).Values, Is.All.EqualTo(Queued));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Deferred_tasks_keep_their_slots_only_where_the_pool_includes_them(bool includesThem)
    {
        await _bench.Get<SetPool>().ExecuteAsync("db", 3, null, EngineBench.Actor, NoStop, includesThem);
        await _bench.AddDagAsync("d", "a b", _ => [("pool", "db"), ("poolSlots", 2)]);
        var run = await _bench.TriggerAsync("d");
        Assert.That(await _bench.StatesAsync(run), Is.EqualTo(new Dictionary<string, TaskState> { ["a"] = Queued, ["b"] = Scheduled }));
        await _bench.Server.ExecuteAsync("UPDATE pipelines.task_instance SET state = 'deferred', handed_at = NULL, attempt_goes_on = true WHERE task_id = 'a'");

        await _bench.TickAsync();

        Assert.That((await _bench.TaskAsync(run, "b")).State, Is.EqualTo(includesThem ? Scheduled : Queued));
        var stats = (await _bench.Database.InTransactionAsync(PoolTable.StatsAsync)).First(pool => pool.Name == "db");
        Assert.That((stats.Running, stats.Queued, stats.Scheduled, stats.Deferred, stats.Occupied, stats.Open, stats.IncludeDeferred),
            Is.EqualTo((0L, includesThem ? 0L : 2L, includesThem ? 2L : 0L, 2L, 2L, (long?)1L, includesThem)));
        Assert.That((await PoolsAsync()).First(pool => pool.Name == "db").Occupied, Is.EqualTo(2));
        if (includesThem) Assert.That((await _bench.TaskAsync(run, "b")).Reason, Is.EqualTo("waits for 2 slots of pool 'db' (2 of 3 taken)"));

        await SetAsync("db", 4);
        Assert.That((await PoolsAsync()).First(pool => pool.Name == "db").IncludeDeferred, Is.EqualTo(includesThem), "it stays");
    }

    [Test]
    public async Task A_pool_that_does_not_exist_or_is_too_small_is_said_until_it_is_made_large_enough()
    {
        await _bench.AddDagAsync("d", "a", _ => [("pool", "db"), ("poolSlots", 2)]);
        var run = await _bench.TriggerAsync("d");
        Assert.That((await _bench.TaskAsync(run, "a")).Reason, Is.EqualTo("pool 'db' does not exist: create it ('pipelines pools set') or give the task another pool"));

        await SetAsync("db", 1);
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(run, "a")).Reason, Does.StartWith("needs 2 slots, but pool 'db' has only 1, so it can never start"));

        await SetAsync("db", 2);
        await _bench.TickAsync();
        Assert.That((await _bench.TaskAsync(run, "a")).State, Is.EqualTo(Queued));
    }

    [Test]
    public async Task A_new_number_of_slots_keeps_the_description_wakes_the_schedulers_and_is_in_the_event_log()
    {
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var heard = _bench.Database.ListenAsync([Topic.SchedulerWork], TimeSpan.FromSeconds(1), TimeProvider.System, stop.Token).GetAsyncEnumerator();
        // The first one says that it listens.
        await heard.MoveNextAsync();
        await SetAsync("db", 3, "The warehouse.");
        await SetAsync("db", 4);

        Assert.That(await heard.MoveNextAsync(), Is.True);
        var pool = (await PoolsAsync())[0];
        Assert.That((pool.Name, pool.Slots, pool.Description), Is.EqualTo(("db", 4, "The warehouse.")));
        var entry = (await _bench.Database.InTransactionAsync(tx => EventLogTable.NewestAsync(tx, 1))).Single();
        Assert.That((entry.Name, entry.Owner, entry.Extra), Is.EqualTo(("set_pool", "ada", "db: 4 slots")));
    }

    [TestCase("", 1)]
    [TestCase(" db", 1)]
    [TestCase("db", -2)]
    public async Task A_pool_without_a_name_or_with_fewer_than_no_slots_is_refused(string name, int slots) =>
        Assert.That((await Assert.ThrowsAsync<OperationException>(() => SetAsync(name, slots)))!.Kind, Is.EqualTo(RefusalKind.Invalid));

    [Test]
    public async Task A_pool_that_nothing_uses_is_deleted()
    {
        await SetAsync("db", 1);
        await DeleteAsync("db");
        Assert.That((await PoolsAsync()).Select(pool => pool.Name), Is.EqualTo(new[] { "default_pool" }));
        var entry = (await _bench.Database.InTransactionAsync(tx => EventLogTable.NewestAsync(tx, 1))).Single();
        Assert.That((entry.Name, entry.Extra), Is.EqualTo(("delete_pool", "db")));
    }

    [Test]
    public async Task The_default_pool_an_unknown_one_and_one_in_use_are_not_deleted()
    {
        await SetAsync("db", 1);
        await _bench.AddDagAsync("d", "a b", _ => [("pool", "db")]);
        Assert.That(await RefusalAsync("default_pool"), Does.StartWith("Pool 'default_pool' cannot be deleted: "));
        Assert.That(await RefusalAsync("nope"), Is.EqualTo("There is no pool 'nope'. 'pipelines pools list' shows them."));
        Assert.That(await RefusalAsync("db"), Is.EqualTo("Pool 'db' is in use: tasks of DAG 'd' name it. Give them another pool first."));

        var run = await _bench.TriggerAsync("d");
        Assert.That(await RefusalAsync("db"), Does.StartWith($"Pool 'db' is in use: 'a' of run '{run.RunId}' of DAG 'd' and 1 more have not ended."));

        // Neither what has ended nor a DAG without a file is a use.
        await _bench.RunTaskAsync(run, "a");
        await _bench.RunTaskAsync(run, "b");
        File.Delete(Path.Combine(_bench.Folder, "d.json"));
        await _bench.SyncAsync();
        await DeleteAsync("db");
    }

    private Task<IReadOnlyList<Pool>> PoolsAsync() => _bench.Database.InTransactionAsync(PoolTable.ListAsync);

    private Task SetAsync(string name, int slots, string? description = null) => _bench.Get<SetPool>().ExecuteAsync(name, slots, description, EngineBench.Actor, NoStop);

    private Task DeleteAsync(string name) => _bench.Get<DeletePool>().ExecuteAsync(name, EngineBench.Actor, NoStop);

    private async Task<string> RefusalAsync(string name) => (await Assert.ThrowsAsync<OperationException>(() => DeleteAsync(name)))!.Message;
}
