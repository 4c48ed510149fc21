using System.Text.Json;

namespace Pipelines.Benchmarks.Faces;

/// <summary>Time from a task's changed state in the database to the changed pixel of the grid (365 × 50 shown), beside the page's frame time.</summary>
internal static class PixelTime
{
    private const int Changes = 50;

    // Reads the grid's canvases each frame and notes the moment at which any pixel differs from the last change.
    private const string Watch =
        """
        () => {
          const canvases = () => [...document.querySelectorAll('canvas')];
          const print = () => canvases().map(canvas => {
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            let sum = 0;
            for (let i = 0; i < data.length; i += 1) sum = (sum * 31 + data[i]) | 0;
            return sum;
          }).join();
          window.pixelChanges = [];
          window.frames = [];
          let last = print(), then = performance.now();
          const look = now => {
            window.frames.push(now - then); then = now;
            const seen = print();
            if (seen !== last) { last = seen; window.pixelChanges.push(Date.now()); }
            requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        }
        """;

    public static async Task RunAsync(FacesBench bench)
    {
        await using var context = await bench.VisitAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync($"/dags/{FacesBench.DagId}?tab=grid&runs={FacesBench.Runs}");
        await page.WaitForSelectorAsync("canvas");
        await Task.Delay(TimeSpan.FromSeconds(3));
        await page.EvaluateAsync(Watch);
        List<double> times = [];
        for (var change = 0; change < Changes; change++)
        {
            var seen = await page.EvaluateAsync<int>("() => window.pixelChanges.length");
            await WideChange.ApplyAsync(bench.Database);
            var committed = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            await page.WaitForFunctionAsync("seen => window.pixelChanges.length > seen", seen);
            var at = await page.EvaluateAsync<JsonElement>("seen => window.pixelChanges[seen]", seen);
            times.Add(at.GetDouble() - committed);
            await Task.Delay(TimeSpan.FromMilliseconds(400));
        }

        new Samples((await page.EvaluateAsync<double[]>("() => window.frames"))).Print("reference: one frame of the watched page", "ms");
        new Samples(times).Print("task state committed to changed pixel", "ms");
    }
}
