using System.Globalization;

namespace Pipelines.Benchmarks.Faces;

/// <summary>Processor time of the host while one DAG changes ten times a second, with no browser and with 100 open event streams.</summary>
internal static class StreamCost
{
    private const int Streams = 100;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(FacesBench bench)
    {
        Print("reference: no event stream", await CoresAsync(bench), 0);
        using var end = new CancellationTokenSource();
        long received = 0;
        var streams = Enumerable.Range(0, Streams).Select(_ => ReadAsync(bench, () => Interlocked.Increment(ref received), end.Token)).ToList();
        await Task.Delay(TimeSpan.FromSeconds(2));
        Interlocked.Exchange(ref received, 0);
        Print($"{Streams} open event streams", await CoresAsync(bench), Interlocked.Read(ref received));
        await end.CancelAsync();
        await Task.WhenAll(streams);
    }

    private static void Print(string what, double cores, long received) => Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{what,-60} {cores:0.000} cores   {received} lines received"));

    /// <summary>Cores used on average while the DAG's newest run changes ten times a second.</summary>
    private static async Task<double> CoresAsync(FacesBench bench)
    {
        var before = bench.ProcessorTime();
        var start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < Window)
        {
            await WideChange.ApplyAsync(bench.Database);
            await Task.Delay(TimeSpan.FromMilliseconds(100));
        }
        return (bench.ProcessorTime() - before) / TimeProvider.System.GetElapsedTime(start);
    }

    private static async Task ReadAsync(FacesBench bench, Action line, CancellationToken end)
    {
        try
        {
            using var answer = await bench.Http.GetAsync($"/ui/dags/{FacesBench.DagId}/events", HttpCompletionOption.ResponseHeadersRead, end);
            answer.EnsureSuccessStatusCode();
            using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(end));
            while (await reader.ReadLineAsync(end) is { } text)
                if (text.StartsWith("data:", StringComparison.Ordinal)) line();
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }
}
