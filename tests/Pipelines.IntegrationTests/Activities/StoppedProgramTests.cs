using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Activities;
using Pipelines.Activities.Processes;
using Pipelines.Model.Activities;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>What is left of a program that a task runs when the task is stopped: nothing.</summary>
public sealed class StoppedProgramTests
{
    private ActivityEnvironment _attempt = null!;

    [OneTimeSetUp]
    public void Tools()
    {
        Need.Tool("bash");
        Need.Tool("setsid");
    }

    [SetUp]
    public void NewAttempt() => _attempt = new ActivityEnvironment();

    private Task<Outcome> RunAsync(string command, CancellationToken cancellation, params (string Name, string Value)[] more) =>
        _attempt.RunAsync(new Bash(), DataPath.Inputs([("bashCommand", command), .. more]), cancellation);

    [Test]
    public async Task Stopping_it_stops_all_that_it_started()
    {
        // The child holds the output, so that once both outputs have ended it has ended too.
        var (pids, stopped) = await StopAsync("sleep 1000 & echo pid $!; (sleep 1000; true) & echo pid $!; echo ready; wait", TimeProvider.System);
        Assert.That(pids, Has.Count.EqualTo(2).And.All.Matches<int>(Ends));
        Assert.That(stopped, Does.Contain("SIGTERM").And.Not.Contain("SIGKILL"));
    }

    [Test]
    public async Task Stopping_it_stops_what_made_a_process_group_of_its_own()
    {
        var (pids, stopped) = await StopAsync("timeout 1000 sleep 1000 & echo pid $!; set -m; sleep 1000 & echo pid $!; set +m; echo ready; wait", TimeProvider.System);
        Assert.That(pids, Has.Count.EqualTo(2).And.All.Matches<int>(Ends));
        Assert.That(stopped, Does.Contain("SIGTERM").And.Not.Contain("SIGKILL"));
    }

    [Test]
    public async Task What_ignores_SIGTERM_gets_SIGKILL_when_its_time_is_up()
    {
        var time = new FakeTimeProvider();
        using var over = new CancellationTokenSource();
        _attempt.OnLog = line =>
        {
            // Again and again: it is said before anybody looks at the clock. Whether bash hears of the signal depends on what it is just at.
            if (line.StartsWith("Stopping: SIGTERM", StringComparison.Ordinal)) _ = Task.Run(async () =>
            {
                for (; !over.IsCancellationRequested; await Task.Delay(10)) time.Advance(TaskProcess.Grace);
            });
        };
        var (pids, stopped) = await StopAsync("trap 'echo not impressed' TERM; echo pid $$; echo ready; while true; do sleep 1000; done", time);
        await over.CancelAsync();
        Assert.That(pids, Has.Count.EqualTo(1).And.All.Matches<int>(Ends));
        Assert.That(stopped, Does.Contain("SIGKILL"));
    }

    [Test]
    public async Task What_is_stopped_before_it_begins_does_not_begin()
    {
        using var folder = new TemporaryDirectory();
        Assert.That(async () => await RunAsync("touch begun", new CancellationToken(canceled: true), ("cwd", folder.Path)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(File.Exists(folder["begun"]), Is.False);
    }

    [Test]
    public async Task What_a_stopped_worker_runs_ends()
    {
        using var worker = Process.Start("sleep", "1000");
        using var program = Session.Start([Programs.Find("sleep", "")!, "1000"], new Dictionary<string, string>(), "/", readsOutput: false);
        using var watch = DeathWatch.Start(worker.Id);
        try
        {
            watch.Guard(program.Id);
            using var stop = Process.Start("kill", ["-s", "STOP", $"{worker.Id}"]);

            await program.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        finally
        {
            worker.Kill();
            program.Kill();
        }
    }

    private async Task<(List<int> Pids, string Log)> StopAsync(string command, TimeProvider time)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var further = _attempt.OnLog;
        _attempt.OnLog = line =>
        {
            if (line == "ready") ready.SetResult();
            further?.Invoke(line);
        };
        _attempt.Time = time;
        using var stop = new CancellationTokenSource();
        var running = RunAsync(command, stop.Token);
        await ready.Task;
        await stop.CancelAsync();
        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
        return ([.. _attempt.Lines.Where(line => line.Message.StartsWith("pid ", StringComparison.Ordinal)).Select(line => int.Parse(line.Message[4..], CultureInfo.InvariantCulture))], _attempt.Log);
    }

    // A process closes its outputs a moment before it has ended.
    private static bool Ends(int pid) => SpinWait.SpinUntil(() => !IsAlive(pid), TimeSpan.FromSeconds(10));

    // A zombie has ended; who reaps it is not our business.
    private static bool IsAlive(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat").Split(") ")[^1][0] != 'Z';
        }
        catch (IOException)
        {
            return false;
        }
    }
}
