using Pipelines.Engine.Operations;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>Setups and teardowns through the real engine: what is prepared is taken away, however the work ended.</summary>
public sealed class SetupTeardownRunTests
{
    private static readonly TestTask[] Staged =
    [
        new TestTask("create", ("isSetup", "true")),
        new TestTask("load") { After = ["create"] },
        new TestTask("check", ("triggerRule", "all_done")) { After = ["load"] },
        new TestTask("drop", ("isTeardown", "true")) { After = ["check", "create"] },
    ];

    [TestCase("load", "success failed success success", "success", TestName = "The teardown runs after work that failed, and a leaf that succeeded decides the run")]
    [TestCase("check", "success success failed success", "failed", TestName = "The teardown runs after a leaf that failed, which fails the run")]
    [TestCase("drop", "success success success failed", "success", TestName = "A teardown that failed does not fail the run")]
    [TestCase("create", "failed upstream_failed upstream_failed upstream_failed", "failed", TestName = "Nothing runs after a setup that failed, though a trigger rule would have let it")]
    public async Task The_run_ends_as_its_work_says(string failing, string states, string ended)
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (context, _) => context.Key.TaskId == failing ? throw new TaskFailure("broken", retryable: false) : Task.FromResult<Outcome>(new Outcome.Succeeded());
        var run = await engine.StartRunAsync("sales", Staged);

        await engine.UntilAsync(async () => await StateOfRunAsync(engine, run) == ended, $"the run has ended: {ended}");

        Assert.That(await StatesAsync(engine, run), Is.EqualTo(states));
        if (failing == "create") Assert.That((await engine.TaskAsync(run, "check")).Reason, Is.EqualTo("create (failed); every setup that a task needs must succeed"));
    }

    [Test]
    public async Task A_clear_of_the_work_prepares_anew_and_takes_away_again()
    {
        await using var engine = await TestEngine.StartAsync();
        List<string> ran = [];
        engine.Probe.Does = (context, _) =>
        {
            lock (ran) ran.Add(context.Key.TaskId);
            return Task.FromResult<Outcome>(new Outcome.Succeeded());
        };
        var run = await engine.StartRunAsync("sales", Staged);
        await engine.UntilAsync(async () => await StateOfRunAsync(engine, run) == "success", "the run has ended");
        ran.Clear();

        await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["check"]) { Downstream = false }, new Actor("ann", RunTriggeredBy.Ui), default);
        // What the scheduler does: a cleared run is queued again.
        await engine.Database.InTransactionAsync(tx => DagRunTable.StartAsync(tx, run, engine.Time.GetUtcNow()));
        await engine.PlanAsync(run);
        await engine.UntilAsync(async () => await StateOfRunAsync(engine, run) == "success", "the run has ended again");

        Assert.That(ran, Is.EqualTo(new[] { "create", "check", "drop" }), "the check waits for the setup, which is not directly before it");
    }

    [Test]
    public async Task A_short_circuit_spares_the_teardown()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales",
            new TestTask("create", ("isSetup", "true")), new TestTask("gate", ("condition", "{{ none }}")) { Type = "ShortCircuit" },
            new TestTask("load"), new TestTask("drop", ("isTeardown", "true")) { After = ["load", "create"] });

        await engine.UntilAsync(async () => await StateOfRunAsync(engine, run) == "success", "the run has ended");

        Assert.That(await StatesAsync(engine, run), Is.EqualTo("success success skipped success"));
    }

    /// <summary>Of the tasks in the order of the DAG.</summary>
    private static async Task<string> StatesAsync(TestEngine engine, long run) => string.Join(' ',
        (await engine.Database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, run))).Select(task => StateNames.ToName(task.State)));

    private static Task<string> StateOfRunAsync(TestEngine engine, long run) => engine.Sql.ScalarAsync<string>($"SELECT state FROM pipelines.dag_run WHERE id = {run}")!;
}
