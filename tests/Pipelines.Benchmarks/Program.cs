using Pipelines.Benchmarks.Engine;
using Pipelines.Benchmarks.Faces;

// Prints numbers; asserts nothing. README.md beside this file says how to run it and what was measured.
Dictionary<string, Func<Task>> engine = new()
{
    ["chain"] = Throughput.ChainAsync,
    ["wide"] = Throughput.WideAsync,
};
Dictionary<string, Func<FacesBench, Task>> benchmarks = new()
{
    ["grid"] = GridTime.RunAsync,
    ["streams"] = StreamCost.RunAsync,
    ["pages"] = PagePaint.RunAsync,
    ["pixel"] = PixelTime.RunAsync,
    ["open"] = OpenTime.RunAsync,
    ["browsers"] = BrowserCost.RunAsync,
};
if (args is [var only] && engine.TryGetValue(only, out var run))
{
    await run();
    return 0;
}
var chosen = args.Length == 0 ? [.. benchmarks.Keys] : args;
if (chosen.Except(benchmarks.Keys).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown}'. Choose from {string.Join(", ", benchmarks.Keys)}; none: all.");
    return 1;
}

await using var bench = await FacesBench.StartAsync();
foreach (var name in chosen) await benchmarks[name](bench);
return 0;
