using Pipelines.Benchmarks;
using Pipelines.Benchmarks.Engine;
using Pipelines.Benchmarks.Extracts;
using Pipelines.Benchmarks.Faces;

// Prints numbers; asserts nothing. README.md beside this file says how to run it and what was measured.
Dictionary<string, Func<Task>> children = new() { [Attempt.Role] = Attempt.AnswerAsync, [Swallow.Role] = Swallow.AnswerAsync };
if (args is [var role] && children.TryGetValue(role, out var answer))
{
    await answer();
    return 0;
}

await using var faces = new OnDemand<FacesBench>(FacesBench.StartAsync);
await using var extracts = new OnDemand<ExtractBench>(ExtractBench.StartAsync);
Dictionary<string, Func<Task>> benchmarks = new()
{
    ["grid"] = () => faces.UseAsync(GridTime.RunAsync),
    ["streams"] = () => faces.UseAsync(StreamCost.RunAsync),
    ["pages"] = () => faces.UseAsync(PagePaint.RunAsync),
    ["pixel"] = () => faces.UseAsync(PixelTime.RunAsync),
    ["open"] = () => faces.UseAsync(OpenTime.RunAsync),
    ["browsers"] = () => faces.UseAsync(BrowserCost.RunAsync),
    ["chain"] = Throughput.ChainAsync,
    ["wide"] = Throughput.WideAsync,
    ["large"] = Throughput.LargeAsync,
    ["backfill"] = BackfillTime.RunAsync,
    ["lag"] = LiveLag.RunAsync,
    ["fibonacci"] = Computation.RunAsync,
    ["tick"] = TickCost.RunAsync,
    ["idle"] = IdleCost.RunAsync,
    ["folder"] = FolderCost.RunAsync,
    ["extract"] = () => extracts.UseAsync(ExtractTime.RunAsync),
    ["memory"] = () => extracts.UseAsync(ExtractMemory.RunAsync),
};
var chosen = args.Length == 0 ? [.. benchmarks.Keys] : args;
if (chosen.Except(benchmarks.Keys).FirstOrDefault() is { } unknown)
{
    Console.Error.WriteLine($"There is no benchmark '{unknown}'. Choose from {string.Join(", ", benchmarks.Keys)}; none: all.");
    return 1;
}

foreach (var name in chosen) await benchmarks[name]();
return 0;
