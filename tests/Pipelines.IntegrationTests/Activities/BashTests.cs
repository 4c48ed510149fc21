using System.Diagnostics;
using System.Globalization;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>Scripts as real processes.</summary>
public sealed class BashTests
{
    private ActivityEnvironment _task = null!;

    [SetUp]
    public void Prepare()
    {
        Need.Tool("bash");
        _task = new() { Interval = DataPath.Day };
    }

    [Test]
    public async Task The_last_line_of_standard_output_is_returned_and_all_lines_are_logged()
    {
        var outcome = await RunAsync("echo first; echo 'to standard error' >&2; printf 'last'");

        Assert.That(((Outcome.Succeeded)outcome).ReturnValue!.GetValue<string>(), Is.EqualTo("last"));
        Assert.That(_task.Lines.Select(line => line.Message), Is.EquivalentTo(new[] { "first", "to standard error", "last" }));
    }

    [Test]
    public async Task A_script_that_prints_nothing_returns_nothing() => Assert.That(await RunAsync("true"), Is.EqualTo(new Outcome.Succeeded()));

    [Test]
    public async Task Another_exit_code_fails_and_is_retried_with_the_last_lines_in_its_message()
    {
        var failure = await DataPath.FailAsync(() => RunAsync("echo copying; echo 'disk full' >&2; exit 3"));

        Assert.That(failure.Retryable, Is.True);
        Assert.That(failure.Message, Does.StartWith("The script ended with exit code 3. Its last lines: ").And.Contain("disk full").And.Contain("copying"));
    }

    [TestCase("exit 127", "(a command was not found on the worker)")]
    [TestCase("kill -SEGV $$", "exit code 139 (ended by signal 11)")]
    public async Task Known_exit_codes_are_explained(string script, string meaning) =>
        Assert.That((await DataPath.FailAsync(() => RunAsync(script))).Message, Does.Contain(meaning));

    [TestCase("exit 99", null, true)]
    [TestCase("exit 7", "[5, 7]", true)]
    [TestCase("exit 5", "7", false)]
    public async Task An_exit_code_may_skip(string script, string? codes, bool skips)
    {
        if (skips) Assert.That(await RunAsync(script, ("skipOnExitCode", codes)), Is.InstanceOf<Outcome.Skipped>());
        else Assert.That((await DataPath.FailAsync(() => RunAsync(script, ("skipOnExitCode", codes)))).Message, Does.Contain("exit code 5"));
    }

    [Test]
    public async Task A_script_sees_its_run_and_none_of_our_settings()
    {
        Environment.SetEnvironmentVariable("PIPELINES_FERNET_KEY", "secret");
        Environment.SetEnvironmentVariable("OF_THE_WORKER", "yes");
        try
        {
            var all = await ReturnsAsync("echo $AIRFLOW_CTX_DAG_ID $AIRFLOW_CTX_TASK_ID $AIRFLOW_CTX_TRY_NUMBER $AIRFLOW_CTX_LOGICAL_DATE ${OF_THE_WORKER}${PIPELINES_FERNET_KEY}");
            Assert.That(all, Is.EqualTo("dag task 1 2026-05-01T00:00:00+00:00 yes"));
            Assert.That(await ReturnsAsync("echo $A ${OF_THE_WORKER:-no} $AIRFLOW_CTX_TRY_NUMBER", ("env", """{"A": "b c"}""")), Is.EqualTo("b c no 2"));
            Assert.That(await ReturnsAsync("echo $A ${OF_THE_WORKER:-no}", ("env", """{"A": 5}"""), ("appendEnv", "true")), Is.EqualTo("5 yes"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("PIPELINES_FERNET_KEY", null);
            Environment.SetEnvironmentVariable("OF_THE_WORKER", null);
        }
    }

    [Test]
    public async Task The_script_stands_in_no_process_list_and_its_directory_goes_with_it()
    {
        var directory = await ReturnsAsync("tr '\\0' ' ' < /proc/$$/cmdline | grep -q 'a secret word' && echo seen || pwd");

        Assert.That(directory, Does.Contain("pipelines-task-"));
        Assert.That(Directory.Exists(directory), Is.False);
    }

    [Test]
    public async Task A_working_directory_must_exist()
    {
        using var folder = new TemporaryDirectory();
        Assert.That(await ReturnsAsync("pwd", ("cwd", folder.Path)), Is.EqualTo(folder.Path));

        var failure = await DataPath.FailAsync(() => RunAsync("pwd", ("cwd", "/nowhere/at/all")));
        Assert.That((failure.Retryable, failure.Message), Is.EqualTo((false, "The working directory '/nowhere/at/all' does not exist on this worker. Create it, or leave input 'cwd' empty for one of its own.")));
    }

    [Test]
    public async Task Cancelled_it_ends_with_all_that_it_has_started()
    {
        using var stop = new CancellationTokenSource();
        var running = RunAsync("sleep 1000 & echo $!; trap 'echo told; exit 1' TERM; wait", [], stop.Token);
        var child = await FirstLineAsync();

        await stop.CancelAsync();

        Assert.That(async () => await running, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(_task.Lines.Select(line => line.Message), Does.Contain("told"));
        Assert.That(IsRunning(child), Is.False);
    }

    [Test]
    public async Task Background_processes_end_with_the_script()
    {
        var child = int.Parse(await ReturnsAsync("sleep 1000 & echo $!"), CultureInfo.InvariantCulture);

        Assert.That(IsRunning(child), Is.False);
    }

    [Test]
    public async Task A_line_without_end_comes_in_pieces()
    {
        await RunAsync("head -c 1000000 /dev/zero | tr '\\0' x");

        Assert.That(_task.Lines.Max(line => line.Message.Length), Is.EqualTo(64 * 1024));
        Assert.That(_task.Lines.Sum(line => line.Message.Length), Is.EqualTo(1_000_000));
    }

    [Test]
    public async Task Who_asks_for_input_gets_its_end() => Assert.That(await ReturnsAsync("read answer || echo nobody"), Is.EqualTo("nobody"));

    private Task<Outcome> RunAsync(string script, params (string Name, string? Value)[] inputs) => RunAsync(script, inputs, CancellationToken.None);

    private Task<Outcome> RunAsync(string script, (string Name, string? Value)[] inputs, CancellationToken cancellation) =>
        _task.RunAsync(new Bash(), inputs.Append(("bashCommand", script)).ToDictionary(input => input.Item1, input => input.Item2), cancellation);

    private async Task<string> ReturnsAsync(string script, params (string Name, string? Value)[] inputs) =>
        ((Outcome.Succeeded)await RunAsync(script, inputs)).ReturnValue!.GetValue<string>();

    private async Task<int> FirstLineAsync()
    {
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (_task.Log.Length == 0) await looks.WaitForNextTickAsync(patience.Token);
        return int.Parse(_task.Lines[0].Message, CultureInfo.InvariantCulture);
    }

    // A zombie has ended; nobody has read its exit code yet.
    private static bool IsRunning(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited && !File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat").Contains(") Z", StringComparison.Ordinal);
        }
        catch (Exception error) when (error is ArgumentException or IOException or InvalidOperationException)
        {
            return false;
        }
    }
}
