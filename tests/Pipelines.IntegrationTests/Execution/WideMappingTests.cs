using System.Diagnostics;
using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>A run of ten thousand mapped task instances costs ten times one of a thousand, not a hundred times.</summary>
[Category("Soak")]
public sealed class WideMappingTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    [Test]
    public async Task Ten_thousand_instances_cost_each_about_as_much_as_a_thousand()
    {
        await RunAsync(10, 10);
        var thousand = await RunAsync(10, 100) / 1000;
        var tenThousand = await RunAsync(100, 100) / 10_000;
        await TestContext.Progress.WriteLineAsync($"per instance: {thousand.TotalMilliseconds:N2} ms of 1,000 and {tenThousand.TotalMilliseconds:N2} ms of 10,000");
        Assert.That(tenThousand, Is.LessThan(thousand * 2.5));
    }

    /// <summary>From the results that are mapped over to the task after all of it.</summary>
    private static async Task<TimeSpan> RunAsync(int first, int second)
    {
        await using var engine = await TestEngine.StartAsync(threads: 4);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        engine.Probe.Does = (context, _) =>
        {
            if (context.Key.TaskId == "report") ended.SetResult();
            return Task.FromResult<Outcome>(new Outcome.Succeeded(context.Key.TaskId switch { "first" => Numbers(first), "second" => Numbers(second), _ => null }));
        };
        var began = Stopwatch.GetTimestamp();
        await engine.StartRunAsync("wide",
            new TestTask("first"), new TestTask("second"), new TestTask("load", ("expand", """{"text": "first.output", "other": "second.output"}""")) { After = ["first", "second"] },
            new TestTask("report"));
        await ended.Task.WaitAsync(Longest);
        return Stopwatch.GetElapsedTime(began);
    }

    private static JsonArray Numbers(int count) => new([.. Enumerable.Range(0, count).Select(number => JsonValue.Create(number))]);
}
