using System.Globalization;

namespace Pipelines.Benchmarks.Engine;

/// <summary>Ten tasks that compute: what an engine adds to real work.</summary>
internal static class Computation
{
    private const int Rounds = 5;
    private const int WarmUps = 5;
    private const int Tasks = 10;

    // What other engines publish; C# has it in a few milliseconds. And one that takes C# as long as 33 takes Python.
    private static readonly int[] Numbers = [33, 40];

    public static async Task RunAsync()
    {
        await using var engine = await EngineUnderTest.StartAsync(workers: 8, [.. Numbers.Select(number => new Fibonacci(number))]);
        foreach (var number in Numbers)
        {
            await CompareAsync(engine, number, isChain: true);
            await CompareAsync(engine, number, isChain: false);
        }
    }

    private static async Task CompareAsync(EngineUnderTest engine, int number, bool isChain)
    {
        var how = isChain ? "one after the other" : "on all cores";
        var dag = new BenchmarkDag($"fibonacci_{number}_{(isChain ? "chain" : "wide")}", $"Fibonacci{number}", Tasks, isChain ? Tasks : 1);
        await engine.AddAsync(dag);
        for (var round = 0; round < WarmUps; round++) await engine.RunAsync(dag.DagId);
        await engine.ExecuteAsync("VACUUM ANALYZE");

        List<double> bare = [], ours = [];
        for (var round = 0; round < Rounds; round++)
        {
            bare.Add(Bare(number, isChain));
            ours.Add((await engine.RunAsync(dag.DagId)).TotalMilliseconds);
        }
        var (loop, run) = (new Samples(bare), new Samples(ours));
        loop.Print($"{Tasks} x fibo({number}) {how}, bare loop", "ms");
        run.Print($"{Tasks} x fibo({number}) {how}, tasks, trigger to end", "ms");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"fibo({number}) {how}: {(run.Median / loop.Median * 100) - 100:+0.0;-0.0} %, {(run.Median - loop.Median) / Tasks:0.0} ms a task"));
    }

    private static double Bare(int number, bool isChain)
    {
        var began = TimeProvider.System.GetTimestamp();
        if (isChain) for (var task = 0; task < Tasks; task++) Fibonacci.Of(number);
        else Parallel.For(0, Tasks, _ => Fibonacci.Of(number));
        return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
    }
}
