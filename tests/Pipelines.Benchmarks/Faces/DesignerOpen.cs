using System.Diagnostics;

namespace Pipelines.Benchmarks.Faces;

/// <summary>Time until the designer shows its nodes: in a cold profile, and again in the same one, beside the DAG's own page.</summary>
internal static class DesignerOpen
{
    private const int Rounds = 3;

    public static async Task RunAsync(FacesBench bench)
    {
        List<double> reference = [], cold = [], warm = [];
        for (var round = 0; round < Rounds; round++)
        {
            await using var context = await bench.VisitAsync();
            reference.Add(await OpenAsync(context, $"/dags/{FacesBench.DagId}", "canvas"));
            cold.Add(await OpenAsync(context, $"/studio/workflows/definitions/{FacesBench.DagId}/edit", ".x6-node"));
            warm.Add(await OpenAsync(context, $"/studio/workflows/definitions/{FacesBench.DagId}/edit", ".x6-node"));
        }

        new Samples(reference).Print("reference: the DAG's grid, cold", "ms");
        new Samples(cold).Print($"designer with {FacesBench.Tasks} tasks, cold", "ms");
        new Samples(warm).Print($"designer with {FacesBench.Tasks} tasks, warm", "ms");
    }

    private static async Task<double> OpenAsync(Microsoft.Playwright.IBrowserContext context, string path, string shown)
    {
        var page = await context.NewPageAsync();
        var start = Stopwatch.GetTimestamp();
        await page.GotoAsync(path);
        await page.WaitForSelectorAsync(shown, new() { Timeout = 60_000 });
        var time = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        await page.CloseAsync();
        return time;
    }
}
