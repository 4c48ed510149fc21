using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Cornered;

/// <summary><c>dags test</c> that is interrupted, and those of the same logical date after it.</summary>
public sealed class TestRunTests
{
    private static readonly string[] Test = ["dags", "test", "walk", "2026-03-01"];

    private Installation _installation = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        Need.Tool("setsid");
        _installation = await Installation.CreateAsync();
        await _installation.StartAsync("scheduler");
        DagFile.ByHand("walk")
            .Add("first", "Bash", ("bashCommand", "echo ready $$; [ -e quick ] || sleep 1000"), ("cwd", _installation.Workflows))
            .Add("second", "Empty").Connect("first", "second").Write(_installation.Workflows);
        await _installation.UntilAsync("SELECT EXISTS (SELECT FROM pipelines.dag WHERE dag_id = 'walk')");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _installation.DisposeAsync();

    [SetUp]
    public void BeSlow() => File.Delete(Path.Combine(_installation.Workflows, "quick"));

    [Test]
    public async Task An_interrupted_test_run_has_failed_and_the_next_takes_its_place()
    {
        var interrupted = _installation.Launch(Test);
        var program = (await interrupted.LineAsync(line => line.Contains("ready ", StringComparison.Ordinal))).Split("ready ")[1];
        await Installation.SignalAsync(interrupted, "INT");
        var end = await interrupted.EndAsync();

        Assert.That(end.ExitCode, Is.EqualTo(130), $"{end.Output}{end.Error}");
        Assert.That(end.Error, Does.StartWith("Interrupted: what runs is stopped").And.Contain("Interrupted: run 'test__").And.Contain("failed").And.Contain("Repeat the command"));
        Assert.That(end.Output, Does.Not.Contain("Handed back").And.Not.Contain("Another worker"));
        Assert.That(Directory.Exists($"/proc/{program}"), Is.False, "its program has ended with it");
        Assert.That(await StatesAsync(), Is.EqualTo("failed: first failed, second failed"));

        await File.WriteAllTextAsync(Path.Combine(_installation.Workflows, "quick"), "");
        var next = await _installation.TryAsync(Test);
        Assert.That(next.ExitCode, Is.Zero, $"{next.Output}{next.Error}");
        Assert.That(next.Error, Does.Contain("replaces run 'test__"));
        Assert.That(await StatesAsync(), Is.EqualTo("success: first success, second success"), "the only run of that date");
    }

    [Test]
    public async Task A_test_run_takes_the_place_of_one_that_was_killed_but_of_no_other_run()
    {
        string[] test = ["dags", "test", "walk", "2026-03-02"];
        var killed = _installation.Launch(test);
        await killed.LineAsync(line => line.Contains("ready ", StringComparison.Ordinal));
        await Installation.SignalAsync(killed, "KILL");
        await killed.EndAsync();
        await File.WriteAllTextAsync(Path.Combine(_installation.Workflows, "quick"), "");
        var underWay = await _installation.TryAsync(test);
        Assert.That(underWay.ExitCode, Is.EqualTo(1));
        Assert.That(underWay.Error, Does.StartWith("pipelines: Run 'test__").And.Contain("is under way in another terminal, or was left when that was killed.").And.Contain("with --replace"));
        var next = await _installation.TryAsync([.. test, "--replace"]);
        Assert.That(next.ExitCode, Is.Zero, $"{next.Output}{next.Error}");

        await _installation.RunAsync("dags", "trigger", "walk", "--run-id", "real", "--logical-date", "2026-03-03");
        var refused = await _installation.TryAsync("dags", "test", "walk", "2026-03-03");
        Assert.That((refused.ExitCode, refused.Error), Is.EqualTo((1,
            "pipelines: DAG 'walk' has run 'real' of logical date 2026-03-03T00:00:00Z already, and only runs of 'dags test' are replaced. Choose another date, or run it again with 'pipelines tasks clear walk real'.\n")));
    }

    private Task<string> StatesAsync() => _installation.ReadAsync<string>(
        """
        SELECT string_agg(state || ': ' || tasks, '; ') FROM (
            SELECT r.state, string_agg(ti.task_id || ' ' || ti.state, ', ' ORDER BY ti.task_id) AS tasks FROM pipelines.dag_run r
            JOIN pipelines.task_instance ti ON ti.dag_run_id = r.id WHERE r.logical_date = '2026-03-01Z' GROUP BY r.id) AS runs
        """);
}
