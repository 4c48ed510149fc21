using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>
/// airflow-semantics.md §15: no limit is ever exceeded, whoever grants. Random DAGs with random limits and ends; two schedulers and a worker
/// with its fast lane grant at the same time. A trigger looks at every limit whenever a task instance has changed.
/// </summary>
public sealed class NeverExceededTests
{
    private const int Parallelism = 5;
    private const int Dags = 4;
    private const int Runs = 12;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly Actor Actor = new("ada", RunTriggeredBy.Cli);

    private static readonly string Watch =
        $"""
        INSERT INTO pipelines.pool (name, slots) VALUES ('one', 1), ('three', 3), ('endless', -1);
        CREATE TABLE exceeded (what text);
        CREATE TABLE reached (what text UNIQUE);
        CREATE FUNCTION watch_limits() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            WITH active AS (
                SELECT ti.*, r.dag_id, r.max_active_tasks FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = ti.dag_run_id
                WHERE ti.state IN ('queued', 'running', 'restarting')
            ), used AS (
                SELECT 'pool ' || p.name AS what, sum(a.pool_slots) AS used, p.slots AS most FROM active a JOIN pipelines.pool p ON p.name = a.pool AND p.slots >= 0 GROUP BY p.name
                UNION ALL SELECT 'max_active_tasks', count(*), min(max_active_tasks) FROM active GROUP BY dag_run_id
                UNION ALL SELECT 'max_active_tis_per_dag', count(*), min(max_active_tis_per_dag) FROM active GROUP BY dag_id, task_id
                UNION ALL SELECT 'parallelism', count(*), {Parallelism} FROM active
            ), over AS (
                INSERT INTO exceeded SELECT format('%s: %s of %s', what, used, most) FROM used WHERE used > most
            )
            INSERT INTO reached SELECT what FROM used WHERE used = most ON CONFLICT DO NOTHING;
            RETURN NULL;
        END $$;
        CREATE TRIGGER watch_limits AFTER UPDATE ON pipelines.task_instance FOR EACH STATEMENT EXECUTE FUNCTION watch_limits();
        """;

    [TestCase(1)]
    [TestCase(2)]
    public async Task Random_dags_with_random_limits_and_ends_never_exceed_one(int seed)
    {
        await using var engine = await TestEngine.StartAsync(worker: false, threads: 10, parallelism: Parallelism);
        await engine.Sql.ExecuteAsync(Watch);
        var running = 0;
        var most = 0;
        engine.Probe.Does = async (context, _) =>
        {
            FastLaneTests.Raise(ref most, Interlocked.Increment(ref running));
            await Task.Yield();
            Interlocked.Decrement(ref running);
            return (((seed * 31) + context.Key.ToString().Length + context.Key.TaskId[^1] + context.TryNumber) % 10) switch
            {
                0 => throw new TaskFailure("no", retryable: false),
                1 or 2 => throw new TaskFailure("again"),
                3 => new Outcome.Skipped("not today"),
                _ => (Outcome)new Outcome.Succeeded(),
            };
        };
        var chance = new Random(seed);
        foreach (var number in Enumerable.Range(0, Dags)) await AddAsync(engine, $"d{number}", chance);
        await engine.StartWorkerAsync();
        using var stop = new CancellationTokenSource(Patience);

        // More runs come, and some are cleared, while those before them run.
        await Task.WhenAll(TickAsync(engine, stop.Token), TickAsync(engine, stop.Token), OperateAsync(engine, chance, stop.Token));

        Assert.That(await engine.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.dag_run WHERE state IN ('queued', 'running')"), Is.Zero);
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT coalesce(string_agg(DISTINCT what, ', '), '') FROM exceeded"), Is.Empty);
        Assert.That(most, Is.InRange(1, Parallelism));
        // Otherwise it would have shown nothing.
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT string_agg(what, ', ' ORDER BY what) FROM reached"),
            Is.EqualTo("max_active_tasks, max_active_tis_per_dag, parallelism, pool one, pool three"));
    }

    /// <summary>A scheduler of its own, until every run has ended.</summary>
    private static async Task TickAsync(TestEngine engine, CancellationToken stop)
    {
        await using var services = new ServiceCollection().AddLogging()
            .AddSingleton(engine.Database).AddSingleton<TimeProvider>(engine.Time).AddSingleton(engine.Get<ActivityCatalog>()).AddSingleton(engine.Get<ITaskQueue>())
            .AddPipelinesEngine(new EngineSettings { WorkflowsFolder = "", Parallelism = Parallelism, LeaseGrace = TimeSpan.FromDays(1) }).AddPipelinesScheduler()
            .BuildServiceProvider();
        var scheduler = services.GetRequiredService<Scheduler>();
        do
        {
            // For retries that wait.
            engine.Time.Advance(TimeSpan.FromSeconds(1));
            await scheduler.TickAsync(engine.Time.GetUtcNow(), stop);
        }
        while (await engine.Sql.ScalarAsync<long>($"SELECT (SELECT count(*) FROM pipelines.dag_run WHERE state IN ('queued', 'running')) + greatest(0, {Runs} - (SELECT count(*) FROM pipelines.dag_run))") > 0);
        await scheduler.ToldAsync();
    }

    private static async Task OperateAsync(TestEngine engine, Random chance, CancellationToken stop)
    {
        foreach (var number in Enumerable.Range(0, Runs))
        {
            await engine.Get<TriggerDagRun>().ExecuteAsync(new TriggerRequest($"d{number % Dags}"), Actor, stop);
            if (chance.Next(3) > 0) continue;
            var running = await engine.Sql.ScalarAsync<string>("SELECT coalesce((SELECT dag_id || ' ' || run_id FROM pipelines.dag_run WHERE state = 'running' ORDER BY id DESC LIMIT 1), '')");
            if (running.Split(' ') is [var dagId, var runId]) await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest(dagId, runId, []), Actor, stop);
        }
    }

    private static async Task AddAsync(TestEngine engine, string dagId, Random chance)
    {
        var names = Enumerable.Range(0, 7).Select(number => $"t{number}").ToList();
        var edges = names.Skip(1).Select((name, place) => (From: names[chance.Next(place + 1)], To: name)).Where(_ => chance.Next(3) > 0).Select(edge => $"{edge.From}>{edge.To}");
        var inputs = names.ToDictionary(name => name, _ => Inputs(chance));
        var text = DagJson.Of(dagId, string.Join(' ', edges.Concat(names)), name => inputs[name], "Probe", ("maxActiveTasks", chance.Next(1, 4)));
        var file = DagFile.Read(text, $"{dagId}.json", engine.Get<ActivityCatalog>());
        Assert.That(file.Errors, Is.Empty);
        await engine.Database.InTransactionAsync(async tx =>
        {
            await DagTable.PutAsync(tx, new StoredDag { DagId = dagId, FileName = $"{dagId}.json", TimetableSummary = "None", Owner = "test", MaxActiveRuns = 16, IsPaused = false });
            await DagTable.SetVersionAsync(tx, dagId, await DagVersionTable.AddAsync(tx, dagId, new DagVersionContent(file.Hash!, text), null, engine.Time.GetUtcNow()));
        });
    }

    private static (string Name, JsonNode Value)[] Inputs(Random chance)
    {
        var pool = new[] { "default_pool", "one", "three", "three", "endless" }[chance.Next(5)];
        List<(string Name, JsonNode Value)> inputs =
        [
            ("pool", pool), ("poolSlots", pool == "one" ? 1 : chance.Next(1, 4)), ("priorityWeight", chance.Next(-2, 3)), ("weightRule", new[] { "downstream", "upstream", "absolute" }[chance.Next(3)]),
            ("triggerRule", chance.Next(2) == 0 ? "all_success" : "all_done"), ("retries", chance.Next(2)), ("retryDelay", "00:00:01"),
        ];
        if (chance.Next(2) == 0) inputs.Add(("maxActiveTisPerDag", chance.Next(1, 3)));
        return [.. inputs];
    }
}
