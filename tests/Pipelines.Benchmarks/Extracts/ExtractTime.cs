using System.Globalization;

namespace Pipelines.Benchmarks.Extracts;

/// <summary>
/// Extracts of 2 M rows beside psql and gzip: in every round each of them runs once, and medians are compared. A warm process extracts, as
/// a worker is warm.
/// </summary>
internal static class ExtractTime
{
    private const int Rounds = 5;

    private static readonly (string What, string Compression, string Store)[] Extracts =
    [
        ("extract to LocalCloud, none", "none", ExtractBench.LocalCloud),
        ("extract to LocalCloud, gzip", "gzip", ExtractBench.LocalCloud),
        ("extract to LocalCloud, zstd", "zstd", ExtractBench.LocalCloud),
        ("extract to a sink, none", "none", ExtractBench.Sink),
        ("extract to a sink, gzip", "gzip", ExtractBench.Sink),
        ("extract to a sink, zstd", "zstd", ExtractBench.Sink),
    ];

    public static async Task RunAsync(ExtractBench bench)
    {
        await using var extractor = await bench.ExtractorAsync();
        foreach (var (_, compression, store) in Extracts) await Attempt.AskAsync(extractor, new AttemptOrder(Orders.Table(Orders.Few), compression, store));
        List<ReferenceCost> copies = [], gzips = [];
        var extracts = Extracts.Select(_ => new List<AttemptCost>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            copies.Add(await Reference.CopyAsync(bench.SourceUri, Orders.Table(Orders.Many)));
            gzips.Add(await Reference.GzipAsync(bench.SourceUri, Orders.Table(Orders.Many)));
            foreach (var (i, (_, compression, store)) in Extracts.Index())
            {
                extracts[i].Add(await Attempt.AskAsync(extractor, new AttemptOrder(Orders.Table(Orders.Many), compression, store)));
                await bench.Lake.ClearAsync();
            }
        }
        Print(copies, gzips, extracts);
    }

    private static void Print(List<ReferenceCost> copies, List<ReferenceCost> gzips, List<AttemptCost>[] extracts)
    {
        var (copy, gzip) = (Of(copies, cost => cost.Seconds), Of(gzips, cost => cost.Seconds));
        var gzipProcessor = Of(gzips, cost => cost.ProcessorSeconds);
        Line("reference: psql COPY > /dev/null", copy, Of(copies, cost => cost.ProcessorSeconds), "");
        Line("reference: psql COPY | gzip -6 > /dev/null", gzip, gzipProcessor, "(gzip's)");
        foreach (var (i, (what, compression, _)) in Extracts.Index())
        {
            var (seconds, processor) = (Of(extracts[i], cost => cost.Seconds), Of(extracts[i], cost => cost.ProcessorSeconds));
            var size = extracts[i][0].Bytes / 1e6;
            Line(what, seconds, processor, compression == "gzip"
                ? Text($"{gzip / seconds:0.00} of the speed of psql | gzip, {gzipProcessor / processor:0.00} per core; {size:0} MB")
                : Text($"{copy / seconds:0.00} of the speed of psql; {size:0} MB"));
        }
    }

    private static double Of<T>(List<T> costs, Func<T, double> value) => new Samples(costs.Select(value)).Median;

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static void Line(string what, double seconds, double processor, string note) =>
        Console.WriteLine(Text($"{what,-45} {seconds,6:0.00} s   processor {processor,6:0.00} s   {note}"));
}
