using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>Bash as Airflow's BashOperator: exit codes, environment, folder and output.</summary>
public sealed class BashTests
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

    private Task<Outcome> RunAsync(string command, params (string Name, string Value)[] more) =>
        _attempt.RunAsync(new Bash(), DataPath.Inputs([("bashCommand", command), .. more]));

    private async Task<string?> ReturnedAsync(string command, params (string Name, string Value)[] more) =>
        ((Outcome.Succeeded)await RunAsync(command, more)).ReturnValue?.GetValue<string>();

    [Test]
    public async Task Both_outputs_are_in_the_log_and_the_last_line_of_standard_output_is_returned()
    {
        Assert.That(await ReturnedAsync("echo one; echo oops >&2; printf 'grüße 🚀 \\r\\n'"), Is.EqualTo("grüße 🚀"));
        Assert.That(_attempt.Lines, Is.SupersetOf(new[] { (LogLevel.Info, "one"), (LogLevel.Warning, "oops"), (LogLevel.Info, "grüße 🚀"), (LogLevel.Info, "The command exited with code 0.") }));
    }

    [TestCase("true", "")]
    [TestCase("echo a; echo", "")]
    [TestCase("printf 'no end of line'", "no end of line")]
    [TestCase("printf 'bad \\xff byte'", "bad \ufffd byte")]
    [TestCase("cat; echo nothing to read", "nothing to read")]
    [TestCase("cat <<'X'\nit's \"quoted\" $HOME\nX", "it's \"quoted\" $HOME")]
    [TestCase("echo ${pipelines_command-unset}", "unset")]
    [TestCase("false; echo the last command decides", "the last command decides")]
    public async Task What_is_printed_last_is_returned(string command, string returned) => Assert.That(await ReturnedAsync(command), Is.EqualTo(returned));

    [Test]
    public async Task Nothing_is_returned_unless_wanted() => Assert.That(await ReturnedAsync("echo x", ("doXcomPush", "false")), Is.Null);

    [TestCase("exit 99", "99")]
    [TestCase("exit 7", "[6, 7]")]
    [TestCase("exit 7", "7")]
    [TestCase("exit 0", "0")]
    public async Task An_exit_code_skips(string command, string codes)
    {
        var skipped = (Outcome.Skipped)await RunAsync(command, ("skipOnExitCode", codes));
        Assert.That(skipped.Reason, Does.Contain($"code {command[5..]}").And.Contain("skipOnExitCode"));
    }

    [TestCase("exit 99", "null", 99)]
    [TestCase("exit 99", "98", 99)]
    [TestCase("exit 1", "99", 1)]
    [TestCase("set -e; false; echo not reached", "99", 1)]
    [TestCase("no_such_program", "99", 127)]
    [TestCase("if", "99", 2)]
    [TestCase("kill -KILL $$", "99", 137)]
    public async Task Any_other_exit_code_is_a_failure_worth_a_retry(string command, string skips, int code)
    {
        var failure = await DataPath.FailAsync(() => RunAsync(command, ("skipOnExitCode", skips)));
        Assert.That(failure.Retryable, Is.True, failure.Message);
        Assert.That(failure.Message, Does.StartWith($"The command of task 'task' exited with code {code}"));
    }

    [Test]
    public async Task A_failure_quotes_the_end_of_standard_error()
    {
        var failure = await DataPath.FailAsync(() => RunAsync("for i in {1..50}; do echo line $i >&2; done; echo out; exit 3"));
        Assert.That(failure.Message, Does.Contain("line 41\n").And.Contain("line 50\n").And.Not.Contain("line 40\n").And.Not.Contain("out\n"));
    }

    [Test]
    public async Task A_failure_without_words_of_its_own_reads_as_sentences() => Assert.That(
        (await DataPath.FailAsync(() => RunAsync("exit 3"))).Message, Does.Contain("exited with code 3. It printed nothing to standard error. Mend what it names"));

    [TestCase("env", "[1]", "'env' must be a JSON object")]
    [TestCase("env", """{"A": null}""", "'env' must be a JSON object")]
    [TestCase("env", """{"A\u0000": "x"}""", "'env' must be a JSON object")]
    [TestCase("skipOnExitCode", "never", "'skipOnExitCode' must be")]
    [TestCase("skipOnExitCode", "[1.5]", "'skipOnExitCode' must be")]
    [TestCase("appendEnv", "maybe", "'appendEnv'")]
    public async Task An_input_that_cannot_be_read_fails_for_good(string input, string value, string words)
    {
        var more = input == "appendEnv" ? new[] { (input, value), ("env", "{}") } : [(input, value)];
        var failure = await DataPath.FailAsync(() => RunAsync("echo not reached", more));
        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.Contain(words));
        Assert.That(_attempt.Log, Does.Not.Contain("not reached"));
    }

    [Test]
    public async Task The_environment_is_the_workers_without_what_is_the_engines()
    {
        Environment.SetEnvironmentVariable("PIPELINES_TEST_SECRET", "hunter2");
        Environment.SetEnvironmentVariable("BASH_TEST_OPEN", "seen");
        Assert.That(await ReturnedAsync("echo \"$BASH_TEST_OPEN/$PIPELINES_TEST_SECRET/$AIRFLOW_CTX_DAG_ID/$AIRFLOW_CTX_TASK_ID/$AIRFLOW_CTX_TRY_NUMBER\""), Is.EqualTo("seen//dag/task/1"));
    }

    [TestCase("false", "/a b/3/true")]
    [TestCase("true", "seen/a b/3/true")]
    public async Task Given_variables_replace_the_workers_or_are_added(string append, string printed)
    {
        Environment.SetEnvironmentVariable("BASH_TEST_OPEN", "seen");
        var returned = await ReturnedAsync("echo \"$BASH_TEST_OPEN/$GIVEN/$NUMBER/$FLAG\"", ("env", """{"GIVEN": "a b", "NUMBER": 3, "FLAG": true}"""), ("appendEnv", append));
        Assert.That(returned, Is.EqualTo(printed));
    }

    [Test]
    public async Task The_command_is_on_no_command_line_and_in_no_environment()
    {
        var listed = await ReturnedAsync("marker=abra; cat /proc/$$/cmdline /proc/$$/environ | tr '\\0' ' ' | grep -c ${marker}cadabra; : abracadabra");
        Assert.That(listed, Is.EqualTo("0"));
    }

    [Test]
    public async Task It_runs_in_a_temporary_folder_that_is_gone_afterwards()
    {
        var folder = await ReturnedAsync("touch file; pwd");
        Assert.That((Path.GetFileName(folder)!.StartsWith("pipelines-task-", StringComparison.Ordinal), Directory.Exists(folder)), Is.EqualTo((true, false)));
    }

    [Test]
    public async Task It_runs_in_the_folder_it_is_told()
    {
        using var folder = new TemporaryDirectory();
        Assert.That(await ReturnedAsync("pwd", ("cwd", folder.Path)), Is.EqualTo(folder.Path));
        Assert.That(Directory.Exists(folder.Path));
        var failure = await DataPath.FailAsync(() => RunAsync("pwd", ("cwd", folder["nowhere"])));
        Assert.That(failure.Retryable, Is.True, failure.Message);
        Assert.That(failure.Message, Does.Contain("nowhere").And.Contain(Environment.MachineName));
    }

    [Test]
    public async Task A_long_command_is_no_matter() => Assert.That(await ReturnedAsync($": '{new string('x', 300_000)}'\necho done"), Is.EqualTo("done"));

    // Whoever held the pipe that tells of the worker's death would hide it. What the tests were started with is not ours.
    [Test]
    public async Task It_holds_no_pipe_of_the_worker_but_its_outputs()
    {
        var before = Directory.GetFiles("/proc/self/fd").Select(file => new FileInfo(file).LinkTarget).ToList();
        await RunAsync("for file in /proc/$$/fd/*; do case ${file##*/} in [012]) ;; *) readlink $file;; esac; done; true");
        var held = _attempt.Lines.Select(line => line.Message).Where(line => line.StartsWith("pipe:", StringComparison.Ordinal)).Except(before);
        Assert.That(held, Is.Empty);
    }

    [Test]
    public async Task A_huge_output_does_not_grow_the_memory()
    {
        _attempt.KeepsLog = false;
        var before = GC.GetTotalAllocatedBytes();
        long peak = 0, lines = 0;
        _attempt.OnLog = _ =>
        {
            if (++lines % 50_000 == 0) peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
        };
        Assert.That(await ReturnedAsync("yes 'a line of forty characters, more or less' | head -n 1000000; head -c 50000000 /dev/zero | tr '\\0' 'x'; echo; echo end"), Is.EqualTo("end"));
        Assert.That(lines, Is.GreaterThan(1_000_000));
        Assert.That(peak, Is.LessThan(200L << 20), "bytes in use");
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.GreaterThan(90L << 20), "it did read all of it");
    }

    [Test]
    public async Task A_last_line_too_long_to_store_fails_and_says_what_to_do()
    {
        _attempt.KeepsLog = false;
        var failure = await DataPath.FailAsync(() => RunAsync("head -c 3000000 /dev/zero | tr '\\0' 'x'"));
        Assert.That(failure.Retryable, Is.False, failure.Message);
        Assert.That(failure.Message, Does.Contain("doXcomPush"));
        Assert.That(await ReturnedAsync("head -c 3000000 /dev/zero | tr '\\0' 'x'", ("doXcomPush", "false")), Is.Null);
    }
}
