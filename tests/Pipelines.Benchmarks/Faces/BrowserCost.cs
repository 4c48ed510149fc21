using System.Globalization;

namespace Pipelines.Benchmarks.Faces;

/// <summary>
/// Processor time of the host while one DAG changes ten times a second, with no browser and with 100 open pages: a quarter each the start
/// page, the list of DAGs, the grid of the DAG that changes, and the run that changes.
/// </summary>
internal static class BrowserCost
{
    private const int Browsers = 25;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(20);

    public static async Task RunAsync(FacesBench bench)
    {
        Print("reference: no browser", await bench.CoresAsync(Window));
        string[] paths = ["/", "/dags", $"/dags/{FacesBench.DagId}", $"/dags/{FacesBench.DagId}/runs/{Uri.EscapeDataString(await bench.NewestRunAsync())}"];
        await using var signedIn = await bench.VisitAsync();
        var session = await signedIn.StorageStateAsync();
        for (var browser = 0; browser < Browsers; browser++)
        {
            // One profile each, since a browser opens six connections to a host and a grid keeps one.
            var context = await bench.Chromium.NewContextAsync(new() { BaseURL = bench.Url, StorageState = session });
            foreach (var path in paths) await (await context.NewPageAsync()).GotoAsync(path, new() { Timeout = 120_000 });
        }
        Print($"{Browsers * paths.Length} open pages in {Browsers} browsers", await bench.CoresAsync(Window));
        foreach (var context in bench.Chromium.Contexts.ToList()) await context.CloseAsync();
    }

    private static void Print(string what, double cores) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-60} {cores:0.000} cores"));
}
