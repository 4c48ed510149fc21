using System.Globalization;

namespace Pipelines.Benchmarks.Faces;

/// <summary>Processor time of the host while one DAG changes ten times a second, with no browser and with 100 open event streams.</summary>
internal static class StreamCost
{
    private const int Streams = 100;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(FacesBench bench)
    {
        Print("reference: no event stream", await bench.CoresAsync(Window), 0);
        using var end = new CancellationTokenSource();
        long received = 0;
        var streams = Enumerable.Range(0, Streams).Select(_ => ReadAsync(bench, () => Interlocked.Increment(ref received), end.Token)).ToList();
        await Task.Delay(TimeSpan.FromSeconds(2));
        Interlocked.Exchange(ref received, 0);
        Print($"{Streams} open event streams", await bench.CoresAsync(Window), Interlocked.Read(ref received));
        await end.CancelAsync();
        await Task.WhenAll(streams);
    }

    private static void Print(string what, double cores, long received) => Console.WriteLine(
        string.Create(CultureInfo.InvariantCulture, $"{what,-60} {cores:0.000} cores   {received} lines received"));

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
