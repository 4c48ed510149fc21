using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>airflow-semantics.md §12: what is too large to be passed on fails the attempt that wants to pass it.</summary>
public sealed class XComLimitsTests
{
    [TestCase(true)]
    [TestCase(false)]
    public async Task A_value_too_large_fails_its_attempt_with_words(bool isReturned)
    {
        await using var engine = await TestEngine.StartAsync();
        var large = JsonValue.Create(new string('a', XComLimits.LargestValue));
        engine.Probe.Does = async (context, cancellation) =>
        {
            if (!isReturned) await context.XCom.PushAsync("rows", large, cancellation);
            return new Outcome.Succeeded(isReturned ? large : null);
        };
        var run = await engine.StartRunAsync("sales", new TestTask("load"));
        await engine.UntilTaskIsAsync(run, "load", TaskState.Failed);

        var attempt = (await engine.AttemptsAsync(await engine.TaskAsync(run, "load"))).Single();
        Assert.That(await engine.LogAsync(attempt), Has.Some.Contain($"XCom '{(isReturned ? "return_value" : "rows")}' has 16,777,218 bytes as JSON"));
    }
}
