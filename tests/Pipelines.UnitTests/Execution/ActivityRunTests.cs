using Microsoft.Extensions.Time.Testing;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Model.Activities;
using Pipelines.Storage.Logs;

namespace Pipelines.UnitTests.Execution;

public sealed class ActivityRunTests
{
    [TestCase(1)]
    [TestCase(49)]
    [TestCase(50, Description = ".NET's timers count no further than 49.7 days")]
    [TestCase(400)]
    public async Task An_activity_is_stopped_after_its_execution_timeout_however_long_that_is(int days)
    {
        var time = new FakeTimeProvider();
        var limit = TimeSpan.FromDays(days);
        await using var log = new TaskLog(new NoLog(), new SeenSecrets(), time, new TaskLogLimits { FlushEvery = Timeout.InfiniteTimeSpan });
        var (started, stopped) = (new TaskCompletionSource(), false);

        var running = new ActivityRun(new WorkerOptions(), time, new SeenSecrets(), log).RunAsync(async stop =>
        {
            stop.Register(() => stopped = true);
            started.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, stop);
            return new AttemptOutcome(new Outcome.Succeeded());
        }, limit, CancellationToken.None, CancellationToken.None);
        await await Task.WhenAny(started.Task, running);

        time.Advance(limit - TimeSpan.FromSeconds(1));
        Assert.That(stopped, Is.False);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.That(stopped, Is.True);
        Assert.That((await running).Message, Does.StartWith($"Stopped after {limit}"));
    }

    private sealed class NoLog : ILogStore
    {
        public Task<bool> AppendAsync(int chunk, IReadOnlyList<string> encodedLines, CancellationToken cancellation) => Task.FromResult(true);

        public Task AppendLastAsync(LogLine line, CancellationToken cancellation) => Task.CompletedTask;
    }
}
