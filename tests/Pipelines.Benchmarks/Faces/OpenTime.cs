using System.Diagnostics;

namespace Pipelines.Benchmarks.Faces;

/// <summary>Time until the designer shows its nodes, and the grid its cells: in a cold profile, and again in the same one.</summary>
internal static class OpenTime
{
    private const int Rounds = 5;
    private const string Grid = $"/dags/{FacesBench.DagId}?tab=grid&runs=365";

    // Its event stream is open, which it is after the cells are drawn.
    private const string GridShown = ".drawing-state[data-kind=live]";

    public static async Task RunAsync(FacesBench bench)
    {
        List<double> gridCold = [], gridWarm = [], cold = [], warm = [];
        for (var round = 0; round < Rounds; round++)
        {
            await using var context = await bench.VisitAsync();
            gridCold.Add(await OpenAsync(context, Grid, GridShown));
            gridWarm.Add(await OpenAsync(context, Grid, GridShown));
            cold.Add(await OpenAsync(context, $"/studio/workflows/definitions/{FacesBench.DagId}/edit", ".x6-node"));
            warm.Add(await OpenAsync(context, $"/studio/workflows/definitions/{FacesBench.DagId}/edit", ".x6-node"));
        }

        new Samples(gridCold).Print($"grid of {FacesBench.Runs} runs x {FacesBench.Tasks} tasks, cold", "ms");
        new Samples(gridWarm).Print($"grid of {FacesBench.Runs} runs x {FacesBench.Tasks} tasks, warm", "ms");
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
