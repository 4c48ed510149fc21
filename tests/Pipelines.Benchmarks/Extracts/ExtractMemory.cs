using System.Globalization;

namespace Pipelines.Benchmarks.Extracts;

/// <summary>The most resident memory of a fresh process during its first extract, above what it had when it was ready.</summary>
internal static class ExtractMemory
{
    private const int Rounds = 5;

    public static async Task RunAsync(ExtractBench bench)
    {
        await bench.FillAsync(Orders.Most);
        foreach (var compression in new[] { "none", "gzip", "zstd" })
            foreach (var rows in new[] { Orders.Few, Orders.Many, Orders.Most })
            {
                List<double> above = [];
                for (var round = 0; round < Rounds; round++)
                {
                    await using var extractor = await bench.ExtractorAsync();
                    var cost = await Attempt.AskAsync(extractor, new AttemptOrder(Orders.Table(rows), compression, ExtractBench.LocalCloud));
                    await bench.Lake.ClearAsync();
                    above.Add((cost.PeakBytes - cost.IdleBytes) / 1e6);
                }
                new Samples(above).Print(string.Create(CultureInfo.InvariantCulture, $"peak memory above idle: {rows} rows, {compression}"), "MB");
            }
    }
}
