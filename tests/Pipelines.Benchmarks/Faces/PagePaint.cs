using System.Globalization;
using Microsoft.Playwright;

namespace Pipelines.Benchmarks.Faces;

/// <summary>First contentful paint and bytes of each page in a cold profile, beside Hangfire's own start page.</summary>
internal static class PagePaint
{
    private const int Rounds = 5;

    private static readonly string[] Paths =
        ["/hangfire", "/", "/dags", $"/dags/{FacesBench.DagId}", $"/dags/{FacesBench.DagId}?tab=graph", $"/dags/{FacesBench.DagId}/backfills", "/connections"];

    public static async Task RunAsync(FacesBench bench)
    {
        foreach (var path in Paths)
        {
            List<double> paints = [];
            double bytes = 0;
            for (var round = 0; round < Rounds; round++)
            {
                await using var context = await bench.VisitAsync();
                var page = await context.NewPageAsync();
                await page.GotoAsync(path, new() { WaitUntil = WaitUntilState.Load });
                // A page may have loaded before it is painted.
                await page.WaitForFunctionAsync("() => performance.getEntriesByName('first-contentful-paint').length > 0");
                paints.Add(await page.EvaluateAsync<double>("() => performance.getEntriesByName('first-contentful-paint')[0].startTime"));
                bytes = await page.EvaluateAsync<double>("() => [...performance.getEntriesByType('resource'), ...performance.getEntriesByType('navigation')].reduce((sum, entry) => sum + entry.transferSize, 0)");
            }
            new Samples(paints).Print(string.Create(CultureInfo.InvariantCulture, $"{path}, {bytes / 1024:0} KiB"), "ms");
        }
    }
}
