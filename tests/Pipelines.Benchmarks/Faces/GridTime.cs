using System.Diagnostics;

namespace Pipelines.Benchmarks.Faces;

/// <summary>Server time of the grid's JSON: 365 runs × 50 tasks, one request after another over loopback, beside the version route.</summary>
internal static class GridTime
{
    private const int Requests = 200;

    public static async Task RunAsync(FacesBench bench)
    {
        var grid = $"/ui/dags/{FacesBench.DagId}/grid?runs={FacesBench.Runs}";
        await MeasureAsync(bench, grid, 20);
        await MeasureAsync(bench, "/api/v2/version", 20);
        var bytes = (await bench.Http.GetByteArrayAsync(grid)).Length;
        (await MeasureAsync(bench, "/api/v2/version", Requests)).Print("reference: GET /api/v2/version", "ms");
        (await MeasureAsync(bench, grid, Requests)).Print($"GET grid, {FacesBench.Runs} runs x {FacesBench.Tasks} tasks, {bytes / 1024} KiB", "ms");
    }

    private static async Task<Samples> MeasureAsync(FacesBench bench, string path, int count)
    {
        var times = new List<double>(count);
        for (var i = 0; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            using var answer = await bench.Http.GetAsync(path);
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsByteArrayAsync();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return new Samples(times);
    }
}
