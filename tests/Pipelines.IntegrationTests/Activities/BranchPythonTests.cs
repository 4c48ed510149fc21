using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>airflow-semantics.md §8: Python code that branches (BranchPythonOperator) and short circuits (ShortCircuitOperator). What code sees is in <see cref="PythonTests"/>.</summary>
public sealed class BranchPythonTests
{
    private readonly ActivityEnvironment _attempt = new();

    [OneTimeSetUp]
    public void Tools()
    {
        Need.Tool("python3");
        Need.Tool("setsid");
    }

    [TestCase("return 'load'", new[] { "load" }, "\"load\"")]
    [TestCase("return ['a', 'group']", new[] { "a", "group" }, "[\"a\",\"group\"]")]
    [TestCase("return ('a',)", new[] { "a" }, "[\"a\"]")]
    [TestCase("return []", new string[0], "[]")]
    [TestCase("return None", new string[0], null)]
    [TestCase("print('nothing')", new string[0], null)]
    public async Task A_branch_follows_what_its_code_returns(string code, string[] taskIds, string? returned)
    {
        var outcome = (Outcome.Succeeded)await RunAsync(new BranchPython(), code);
        Assert.That(((Downstream.FollowTasks)outcome.Downstream!).TaskIds, Is.EqualTo(taskIds));
        Assert.That(outcome.ReturnValue?.ToJsonString(), Is.EqualTo(returned));
    }

    [TestCase("return 5", "returned 5, but a branch returns")]
    [TestCase("return True", "returned true, but a branch returns")]
    [TestCase("return ['a', 5]", "returned [\"a\",5], but a branch returns")]
    [TestCase("return {'a': 1}", "returned {\"a\":1}, but a branch returns")]
    public async Task A_branch_that_returns_anything_else_fails_for_good(string code, string words)
    {
        var failure = await DataPath.FailAsync(() => RunAsync(new BranchPython(), code));
        Assert.That((failure.Message.Contains(words, StringComparison.Ordinal), failure.Retryable), Is.EqualTo((true, false)), failure.Message);
    }

    [TestCase("return True", true)]
    [TestCase("return 'False'", true, Description = "a text that is not empty")]
    [TestCase("return [0]", true)]
    [TestCase("return -0.5", true)]
    [TestCase("return 10 ** 400", true)]
    [TestCase("return False", false)]
    [TestCase("return None", false)]
    [TestCase("return 0", false)]
    [TestCase("return 0.0", false)]
    [TestCase("return ''", false)]
    [TestCase("return []", false)]
    [TestCase("return {}", false)]
    public async Task A_short_circuit_judges_as_Python_does(string code, bool goesOn)
    {
        var outcome = (Outcome.Succeeded)await RunAsync(new ShortCircuitPython(), code);
        Assert.That(outcome.Downstream, Is.EqualTo(goesOn ? null : new Downstream.Skip(Everywhere: true)));
        Assert.That(outcome.ReturnValue is null, Is.EqualTo(code == "return None"));
    }

    [Test]
    public async Task A_short_circuit_may_leave_the_trigger_rules_of_others_to_decide() =>
        Assert.That(((Outcome.Succeeded)await RunAsync(new ShortCircuitPython(), "return False", ("ignoreDownstreamTriggerRules", "false"))).Downstream, Is.EqualTo(new Downstream.Skip(Everywhere: false)));

    [Test]
    public async Task Code_that_skips_itself_decides_nothing()
    {
        Assert.That(await RunAsync(new BranchPython(), "raise AirflowSkipException('not today')"), Is.EqualTo(new Outcome.Skipped("not today")));
        Assert.That(await RunAsync(new ShortCircuitPython(), "raise AirflowSkipException('not today')"), Is.EqualTo(new Outcome.Skipped("not today")));
    }

    private Task<Outcome> RunAsync(IActivity activity, string code, params (string Name, string Value)[] more) => _attempt.RunAsync(activity, DataPath.Inputs([("code", code), .. more]));
}
