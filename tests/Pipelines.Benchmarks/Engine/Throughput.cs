using System.Globalization;

namespace Pipelines.Benchmarks.Engine;

/// <summary>Tasks that do nothing, so that what is left is the engine; beside Hangfire alone in the same run.</summary>
internal static class Throughput
{
    private const int Rounds = 5;
    private const int Workers = 8;

    /// <summary>A chain of 40.</summary>
    public static Task ChainAsync() => CompareAsync(new BenchmarkDag("chain", "NoOp", 40, ChainLength: 40), bare => bare.Chain(40), PrintTurns);

    /// <summary>1,000 at once.</summary>
    public static Task WideAsync() => CompareAsync(new BenchmarkDag("wide", "NoOp", 1000, ChainLength: 1), bare => bare.Many(1000), _ => { });

    /// <summary>10,000 in a hundred chains: what planning a large run costs beside the tasks. Bare Hangfire runs 1,000 at a time, as often as we run the 10,000.</summary>
    public static async Task LargeAsync()
    {
        var dag = new BenchmarkDag("large", "NoOp", 10_000, ChainLength: 100);
        await using var engine = await EngineUnderTest.StartAsync(Workers, [new NoOp()]);
        await engine.AddAsync(dag);
        using var plain = new BareHangfire(await engine.OtherDatabaseAsync("bare"), Workers, capturesCulture: false);
        await engine.RunAsync(dag.DagId);
        plain.Many(1000);
        await engine.ExecuteAsync("VACUUM ANALYZE");
        List<double> ours = [], bare = [];
        for (var round = 0; round < 3; round++)
        {
            ours.Add((await engine.RunAsync(dag.DagId)).TotalMilliseconds);
            bare.Add(plain.Many(1000).TotalMilliseconds);
        }
        Print(dag, "Pipelines", ours);
        Print(dag with { DagId = "bare", Tasks = 1000 }, "bare Hangfire", bare);
    }

    private static async Task CompareAsync(BenchmarkDag dag, Func<BareHangfire, TimeSpan> reference, Action<NoOp> after)
    {
        var work = new NoOp();
        await using var engine = await EngineUnderTest.StartAsync(Workers, [work]);
        await engine.AddAsync(dag);
        using var plain = new BareHangfire(await engine.OtherDatabaseAsync("bare"), Workers, capturesCulture: false);
        using var cultured = new BareHangfire(await engine.OtherDatabaseAsync("bare_culture"), Workers, capturesCulture: true);
        await engine.RunAsync(dag.DagId);
        work.Times.Clear();
        reference(plain);
        reference(cultured);

        // As autovacuum does within the first minute of an installation; until then the database plans for empty tables.
        await engine.ExecuteAsync("VACUUM ANALYZE");
        List<double> ours = [], bare = [], withCulture = [];
        for (var round = 0; round < Rounds; round++)
        {
            ours.Add((await engine.RunAsync(dag.DagId)).TotalMilliseconds);
            bare.Add(reference(plain).TotalMilliseconds);
            withCulture.Add(reference(cultured).TotalMilliseconds);
        }
        Print(dag, "Pipelines", ours);
        Print(dag, "bare Hangfire", bare);
        Print(dag, "bare Hangfire with CaptureCulture", withCulture);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{dag.DagId}: {new Samples(bare).Median / new Samples(ours).Median:0.0}x bare Hangfire"));
        after(work);
    }

    private static void Print(BenchmarkDag dag, string who, List<double> milliseconds)
    {
        var samples = new Samples(milliseconds);
        samples.Print($"{dag.DagId} of {dag.Tasks} no-op tasks, {who}", "ms");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"",60} {dag.Tasks / samples.Median * 1000,16:0} tasks/s"));
    }

    // From the end of a task's code to the begin of its child's.
    private static void PrintTurns(NoOp work)
    {
        var turns = new Samples(work.Times
            .Where(time => work.Times.ContainsKey((time.Key.RunId, Next(time.Key.TaskId))))
            .Select(time => TimeProvider.System.GetElapsedTime(time.Value.Ended, work.Times[(time.Key.RunId, Next(time.Key.TaskId))].Began).TotalMilliseconds));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"task end -> child start: P50 {turns.Median:0.0} ms   P99 {turns.At(0.99):0.0} ms   n {turns.Count}"));
    }

    private static string Next(string taskId) => $"task_{int.Parse(taskId["task_".Length..], CultureInfo.InvariantCulture) + 1}";
}
