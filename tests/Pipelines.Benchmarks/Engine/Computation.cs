using System.Globalization;

namespace Pipelines.Benchmarks.Engine;

/// <summary>Ten tasks that compute: what an engine adds to real work.</summary>
internal static class Computation
{
    private const int Rounds = 5;
    private const int Tasks = 10;

    public static async Task RunAsync()
    {
        var chain = new BenchmarkDag("fibonacci_chain", "Fibonacci", Tasks, IsChain: true);
        var wide = new BenchmarkDag("fibonacci_wide", "Fibonacci", Tasks, IsChain: false);
        await using var engine = await EngineUnderTest.StartAsync(workers: 8, [new Fibonacci()]);
        await engine.AddAsync(chain);
        await engine.AddAsync(wide);
        await engine.RunAsync(chain.DagId);
        await engine.RunAsync(wide.DagId);
        Loop();

        List<double> loop = [], parallel = [], ours = [], oursWide = [];
        for (var round = 0; round < Rounds; round++)
        {
            loop.Add(Loop());
            parallel.Add(Parallel());
            ours.Add((await engine.RunAsync(chain.DagId)).TotalMilliseconds);
            oursWide.Add((await engine.RunAsync(wide.DagId)).TotalMilliseconds);
        }
        Compare("one after the other", loop, ours);
        Compare("on all cores", parallel, oursWide);
    }

    private static double Loop()
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var task = 0; task < Tasks; task++) Fibonacci.Compute();
        return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
    }

    private static double Parallel()
    {
        var began = TimeProvider.System.GetTimestamp();
        System.Threading.Tasks.Parallel.For(0, Tasks, _ => Fibonacci.Compute());
        return TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
    }

    private static void Compare(string how, List<double> bare, List<double> ours)
    {
        new Samples(bare).Print($"{Tasks} x fibo(33) {how}, bare loop", "ms");
        new Samples(ours).Print($"{Tasks} x fibo(33) {how}, tasks of a DAG, from trigger to end", "ms");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{how}: {(new Samples(ours).Median / new Samples(bare).Median * 100) - 100:+0.0;-0.0} %, {(new Samples(ours).Median - new Samples(bare).Median) / Tasks:0.0} ms a task"));
    }
}
