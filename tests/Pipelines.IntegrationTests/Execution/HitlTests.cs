using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Hitl;
using Pipelines.Model.Runs;
using Pipelines.Storage.Callbacks;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>airflow-semantics.md §23, through the engine: what asks, who answers, and what becomes of it.</summary>
public sealed class HitlTests
{
    private static readonly Actor Ann = new("ann", RunTriggeredBy.Ui);

    [Test]
    public async Task A_task_that_asks_holds_no_worker_survives_a_restart_and_goes_on_with_the_answer()
    {
        await using var engine = await TestEngine.StartAsync(threads: 1);
        var run = await engine.StartRunAsync("sales",
            Asks("ask", ("subject", "Publish {{ dag.dag_id }}?"), ("options", """["Publish","Wait"]"""), ("params", """{"rows": {"value": 3, "schema": {"type": "integer", "minimum": 1}}}""")),
            new TestTask("load", ("text", "{{ ti.xcom_pull('ask')['params_input']['rows'] }}")),
            new TestTask("other") { After = [] });
        var ask = await engine.UntilJobIsAsync(run, "ask", "Scheduled");
        Assert.That((ask.State, ask.Reason), Is.EqualTo((TaskState.Deferred, "deferred: waits for an answer to 'Publish sales?'")));
        await engine.UntilTaskIsAsync(run, "other", TaskState.Success);
        var asking = (await AskingAsync(engine)).Single();
        Assert.That((asking.DagId, asking.RunId, asking.TaskId, asking.MapIndex, asking.Detail.Question.Subject, asking.Detail.RespondBy), Is.EqualTo(("sales", "manual__1", "ask", -1, "Publish sales?", (DateTimeOffset?)null)));
        await engine.StopWorkerAsync();
        await TickAsync(engine, TimeSpan.FromDays(365));
        Assert.That((await engine.TaskAsync(run, "ask")).State, Is.EqualTo(TaskState.Deferred), "It waits without end.");

        await RespondAsync(engine, "ask", new HitlAnswer(["Publish"], new JsonObject { ["rows"] = 7 }));
        await RunElsewhereAsync(engine, run, "ask");
        await RunElsewhereAsync(engine, run, "load");

        var load = await engine.UntilTaskIsAsync(run, "load", TaskState.Success);
        ask = await engine.TaskAsync(run, "ask");
        Assert.That((ask.TryNumber, (await engine.AttemptsAsync(ask)).Count), Is.EqualTo((1, 1)));
        Assert.That((await engine.LogAsync((await engine.AttemptsAsync(ask)).Single())), Has.Some.StartsWith("ann chose 'Publish' at 2027-01-02"));
        Assert.That((await engine.AttemptsAsync(load)).Single().RenderedInputs, Does.Contain("\"text\":\"7\""));
        Assert.That(await AskingAsync(engine), Is.Empty);
        var answered = (await engine.Database.InTransactionAsync(tx => HitlDetailTable.AnsweredAsync(tx, "sales", 10))).Single().Detail.Response!;
        Assert.That((answered.RespondedBy, answered.RespondedAt, answered.ParamsInput.ToJsonString()), Is.EqualTo(("ann", engine.Time.GetUtcNow(), """{"rows":7}""")));
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT owner || ' ' || task_id || ' ' || extra FROM pipelines.event_log WHERE event = 'update_hitl_detail'"), Does.StartWith("ann ask {\"chosen_options\":[\"Publish\"]"));
    }

    [Test]
    public async Task A_worker_that_lacks_something_of_the_DAG_leaves_the_answer_to_one_that_has_it()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", Asks("ask", ("options", """["Publish","Wait"]""")));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred);
        await engine.StopWorkerAsync();
        await RespondAsync(engine, "ask", new HitlAnswer(["Publish"], null));
        var lacking = new ActivityCatalog([engine.Probe]);
        var worker = new TaskRunner(
            engine.Database, lacking, new DagVersions(lacking), engine.Get<RunPlanning>(), engine.Get<ITaskQueue>(), new WorkerOptions { Name = "lacking" }, engine.Time, NullLogger<TaskRunner>.Instance);

        await worker.RunAsync((await engine.TaskAsync(run, "ask")).Id, CancellationToken.None, CancellationToken.None);

        Assert.That((await engine.TaskAsync(run, "ask")).State, Is.EqualTo(TaskState.UpForReschedule));
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        await engine.PlanAsync(run);
        await RunElsewhereAsync(engine, run, "ask");
        Assert.That((await engine.TaskAsync(run, "ask")).State, Is.EqualTo(TaskState.Success));
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT value->>'chosen_options' FROM pipelines.xcom"), Does.Contain("Publish"));
        Assert.That(await AskingAsync(engine), Is.Empty);
    }

    [TestCase("ask", null, "Maybe", null, RefusalKind.Invalid, "'Maybe' is no option.")]
    [TestCase("ask", null, "", null, RefusalKind.Invalid, "Nothing is chosen.")]
    [TestCase("ask", null, "Publish,Wait", null, RefusalKind.Invalid, "2 options are chosen")]
    [TestCase("ask", null, "Publish", """{"rows": 0}""", RefusalKind.Invalid, "Param 'rows' is 0 but must be 1 or more.")]
    [TestCase("ask", null, "Publish", """{"row": 1}""", RefusalKind.Invalid, "Param 'row' is not asked for.")]
    [TestCase("mine", null, "Publish", null, RefusalKind.Forbidden, "ann may not answer task 'mine': bob, eve may.")]
    [TestCase("idle", null, "Publish", null, RefusalKind.Conflict, "Task 'idle' of run 'manual__1' of DAG 'sales' is success and waits for no answer.")]
    [TestCase("later", null, "Publish", null, RefusalKind.Conflict, "Task 'later' of run 'manual__1' of DAG 'sales' is without status and waits for no answer.")]
    [TestCase("gone", null, "Publish", null, RefusalKind.NotFound, "Run 'manual__1' of DAG 'sales' has no task 'gone'.")]
    [TestCase("ask", 4, "Publish", null, RefusalKind.NotFound, "Run 'manual__1' of DAG 'sales' has no task 'ask[4]'.")]
    public async Task What_does_not_fit_is_refused_and_changes_nothing(string task, int? mapIndex, string chosen, string? given, RefusalKind kind, string words)
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales",
            Asks("ask", ("options", """["Publish","Wait"]"""), ("params", """{"rows": {"value": 3, "schema": {"type": "integer", "minimum": 1}}}""")),
            Asks("mine", ("options", """["Publish"]"""), ("assignedUsers", """["bob","eve"]""")), new TestTask("idle") { After = [] }, new TestTask("later") { After = ["ask"] });
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred);
        await engine.UntilTaskIsAsync(run, "mine", TaskState.Deferred);
        await engine.UntilTaskIsAsync(run, "idle", TaskState.Success);

        var refusal = await Assert.ThrowsAsync<OperationException>(() => RespondAsync(
            engine, task, new HitlAnswer(chosen.Split(',', StringSplitOptions.RemoveEmptyEntries), given is null ? null : (JsonObject)JsonNode.Parse(given)!), mapIndex));

        Assert.That(refusal!.Kind, Is.EqualTo(kind));
        Assert.That(refusal.Message, Does.StartWith(words));
        Assert.That((await AskingAsync(engine)).Select(asking => asking.TaskId), Is.EquivalentTo(new[] { "ask", "mine" }));
        Assert.That(await engine.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.event_log"), Is.Zero);
    }

    [Test]
    public async Task An_answer_is_given_once_and_a_clear_asks_again()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", Asks("ask", ("options", """["Publish","Wait"]""")));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred);
        var both = await Task.WhenAll(new[] { "Publish", "Wait" }.Select(async option =>
        {
            try
            {
                await RespondAsync(engine, "ask", new HitlAnswer([option]));
                return null;
            }
            catch (OperationException refusal)
            {
                return refusal;
            }
        }));
        Assert.That(both.Count(refusal => refusal is null), Is.EqualTo(1));
        var late = both.OfType<OperationException>().Single();
        Assert.That(late.Kind, Is.EqualTo(RefusalKind.Conflict));
        Assert.That(late.Message, Does.StartWith("Task 'ask' of run 'manual__1' of DAG 'sales' has its answer already: ann chose"));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Success);

        await engine.StopWorkerAsync();
        await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["ask"]), Ann, CancellationToken.None);
        await IsNotAskingAsync("without status");
        await engine.Database.InTransactionAsync(tx => DagRunTable.StartAsync(tx, run, engine.Time.GetUtcNow()));
        await engine.PlanAsync(run);
        await IsNotAskingAsync("queued");
        await RunElsewhereAsync(engine, run, "ask");
        var ask = await engine.TaskAsync(run, "ask");
        Assert.That((await AskingAsync(engine)).Single().Detail.TryNumber, Is.EqualTo(2));
        await RespondAsync(engine, "ask", new HitlAnswer(["Wait"]));
        await RunElsewhereAsync(engine, run, "ask");
        Assert.That((await engine.TaskAsync(run, "ask")).State, Is.EqualTo(TaskState.Success));
        Assert.That(await engine.Sql.ScalarAsync<long>($"SELECT count(*) FROM pipelines.hitl_detail h JOIN pipelines.task_attempt a ON a.id = h.attempt_id WHERE a.task_instance_id = {ask.Id}"), Is.EqualTo(2), "Each attempt keeps what it asked.");

        async Task IsNotAskingAsync(string state)
        {
            var early = await Assert.ThrowsAsync<OperationException>(() => RespondAsync(engine, "ask", new HitlAnswer(["Wait"])));
            Assert.That(early!.Message, Does.Contain($"is {state} and waits for no answer"), "It has not asked again yet.");
        }
    }

    [Test]
    public async Task A_clear_takes_the_question_back_and_so_does_a_mark()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", Asks("ask", ("options", """["Publish"]""")), Asks("other", ("options", """["Publish"]""")));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred);
        await engine.UntilTaskIsAsync(run, "other", TaskState.Deferred);
        await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["ask"]), Ann, CancellationToken.None);
        await engine.UntilAsync(async () => (await AskingAsync(engine)).Any(asking => asking is { TaskId: "ask", Detail.TryNumber: 2 }), "it asks again");
        await engine.Get<MarkTaskInstance>().ExecuteAsync("sales", "manual__1", "other", TaskState.Success, Ann, CancellationToken.None);
        Assert.That((await AskingAsync(engine)).Select(asking => (asking.TaskId, asking.Detail.TryNumber)), Is.EqualTo(new[] { ("ask", 2) }));
        var marked = await Assert.ThrowsAsync<OperationException>(() => RespondAsync(engine, "other", new HitlAnswer(["Publish"])));
        Assert.That((marked!.Kind, marked.Message), Is.EqualTo((RefusalKind.Conflict, "Task 'other' of run 'manual__1' of DAG 'sales' is success and waits for no answer. 'pipelines tasks hitl list' shows what does.")));
    }

    [Test]
    public async Task When_nobody_answers_within_the_execution_timeout_the_defaults_count()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", Asks("ask", ("options", """["Publish","Wait"]"""), ("defaults", "Wait"), ("params", """{"rows": 3}"""), ("executionTimeout", "02:00:00")));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred);
        Assert.That((await AskingAsync(engine)).Single().Detail.RespondBy, Is.EqualTo(engine.Time.GetUtcNow().AddHours(2)));
        await TickAsync(engine, TimeSpan.FromMinutes(119));
        Assert.That((await engine.TaskAsync(run, "ask")).State, Is.EqualTo(TaskState.Deferred));
        await TickAsync(engine, TimeSpan.FromMinutes(1));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Success);
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT value::text FROM pipelines.xcom WHERE key = 'return_value'"),
            Is.EqualTo("""{"chosen_options":["Wait"],"params_input":{"rows":3},"responded_at":"2026-01-02T02:00:00\u002B00:00","responded_by_user":null}"""));
        var late = await Assert.ThrowsAsync<OperationException>(() => RespondAsync(engine, "ask", new HitlAnswer(["Publish"])));
        Assert.That(late!.Message, Does.Contain("has its answer already: nobody answered in time, so it is Wait since 2026-01-02 02:00:00 UTC"));
    }

    [Test]
    public async Task Without_defaults_it_fails_and_another_try_asks_again()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", Asks("ask", ("options", """["Publish"]"""), ("executionTimeout", "02:00:00"), ("retries", "1"), ("retryDelay", "60")));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred);
        await TickAsync(engine, TimeSpan.FromHours(2));
        Assert.That((await engine.UntilTaskIsAsync(run, "ask", TaskState.UpForRetry)).Error, Does.StartWith("Nobody has answered 'Go on?' within the task's executionTimeout."));
        Assert.That(await AskingAsync(engine), Is.Empty);
        engine.Time.Advance(TimeSpan.FromMinutes(1));
        await engine.PlanAsync(run);
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred);
        await RespondAsync(engine, "ask", new HitlAnswer(["Publish"]));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Success);
    }

    [TestCase("false", TaskState.Success)]
    [TestCase("true", TaskState.Skipped)]
    public async Task A_rejection_skips_what_is_directly_after_it_or_all(string everywhere, TaskState end)
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales",
            Asks("ask", ("ignoreDownstreamTriggerRules", everywhere)) with { Type = "Approval" }, new TestTask("publish"), new TestTask("tell", ("triggerRule", "all_done")));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred);
        await RespondAsync(engine, "ask", new HitlAnswer(["Reject"]));
        await engine.UntilTaskIsAsync(run, "tell", end);
        Assert.That((await engine.TaskAsync(run, "publish")).State, Is.EqualTo(TaskState.Skipped));
        Assert.That((await engine.TaskAsync(run, "ask")).State, Is.EqualTo(TaskState.Success));
    }

    [Test]
    public async Task A_branch_follows_what_was_chosen()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales",
            Asks("ask", ("options", """["Publish","wait"]"""), ("optionsMapping", """{"Publish":"load"}""")) with { Type = "HitlBranch" },
            new TestTask("load") { After = ["ask"] }, new TestTask("wait") { After = ["ask"] });
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred);
        await RespondAsync(engine, "ask", new HitlAnswer(["Publish"]));
        await engine.UntilTaskIsAsync(run, "load", TaskState.Success);
        Assert.That((await engine.TaskAsync(run, "wait")).State, Is.EqualTo(TaskState.Skipped));
    }

    [Test]
    public async Task Of_a_mapped_task_each_instance_asks_for_itself()
    {
        await using var engine = await TestEngine.StartAsync();
        var run = await engine.StartRunAsync("sales", new TestTask("ask", ("options", """["Yes","No"]"""), ("expand", """{"subject": ["orders?", "items?"]}""")) { Type = "Hitl" });
        await engine.UntilAsync(async () => (await AskingAsync(engine)).Count == 2, "both ask");
        Assert.That((await AskingAsync(engine)).Select(asking => (asking.MapIndex, asking.Detail.Question.Subject)), Is.EquivalentTo(new[] { (0, "orders?"), (1, "items?") }));
        var unsaid = await Assert.ThrowsAsync<OperationException>(() => RespondAsync(engine, "ask", new HitlAnswer(["No"])));
        Assert.That((unsaid!.Kind, unsaid.Message), Is.EqualTo((RefusalKind.Invalid, "Task 'ask' of run 'manual__1' of DAG 'sales' is mapped: say by its map index which one is answered, from 0 to 1.")));
        await RespondAsync(engine, "ask", new HitlAnswer(["No"]), 1);
        await engine.UntilAsync(async () => (await engine.Database.InTransactionAsync(tx => TaskInstanceTable.OfRunAsync(tx, run))).Single(task => task.MapIndex == 1).State == TaskState.Success, "the second is answered");
        Assert.That((await AskingAsync(engine)).Single().MapIndex, Is.Zero);
    }

    [Test]
    public async Task Its_notifiers_are_told_once_that_it_asks_and_what()
    {
        await using var engine = await TestEngine.StartAsync(options: new WorkerOptions { TaskUrl = (key, _) => $"http://pages/{key.TaskId}" });
        var told = new ConcurrentQueue<string>();
        engine.Teller.Does = (context, _) =>
        {
            told.Enqueue(context.Inputs.Optional("text")!);
            return Task.FromResult<Outcome>(new Outcome.Succeeded());
        };
        const string text = "{{ task.subject }} {{ task.body }} {{ task.options | join('/') }} {{ task.defaults[0] }} {{ task.multiple }} {{ task.assignedUsers[0] }} {{ ti.state }} try {{ ti.try_number }} {{ ti.log_url }}";
        var run = await engine.StartRunAsync("sales", Asks("ask", ("subject", "Publish {{ dag.dag_id }}?"), ("body", "7 rows"), ("options", """["Publish","Wait"]"""), ("defaults", "Wait"), ("assignedUsers", """["ann"]"""),
            ("notifiers", $$$"""[{"type": "Teller", "text": "{{{text}}}"}]""")));

        await UntilToldAsync(1);
        Assert.That(told, Is.EqualTo(new[] { "Publish sales? 7 rows Publish/Wait Wait False ann deferred try 1 http://pages/ask" }));
        var asking = (await engine.AttemptsAsync(await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred))).Single();
        Assert.That((await engine.LogAsync(asking))[^1], Is.EqualTo("notifiers (Teller): done."));

        await RespondAsync(engine, "ask", new HitlAnswer(["Publish"]));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Success);
        Assert.That(await engine.LogAsync(asking), Has.Some.StartsWith("ann chose"), "its log goes on behind that");
        Assert.That(told, Has.Count.EqualTo(1));
        await engine.Get<ClearTaskInstances>().ExecuteAsync(new ClearRequest("sales", "manual__1", ["ask"]), Ann, CancellationToken.None);
        await engine.Database.InTransactionAsync(tx => DagRunTable.StartAsync(tx, run, engine.Time.GetUtcNow()));
        await engine.PlanAsync(run);
        await UntilToldAsync(2);

        Task UntilToldAsync(int count) => engine.UntilAsync(
            async () => told.Count == count && (await engine.Database.InTransactionAsync(tx => CallbackTable.OfRunAsync(tx, run))).Count == 0, $"told {count} times");
    }

    [Test]
    public async Task What_a_notifier_says_after_the_answer_is_in_the_same_log()
    {
        await using var engine = await TestEngine.StartAsync();
        var answered = new TaskCompletionSource();
        engine.Teller.Does = async (_, _) =>
        {
            await answered.Task;
            throw new TaskFailure("nobody at home", retryable: false);
        };
        var run = await engine.StartRunAsync("sales", Asks("ask", ("options", """["Publish"]"""), ("notifiers", """[{"type": "Teller", "text": "x"}]""")));
        await engine.UntilTaskIsAsync(run, "ask", TaskState.Deferred);
        await RespondAsync(engine, "ask", new HitlAnswer(["Publish"]));
        var ask = await engine.UntilTaskIsAsync(run, "ask", TaskState.Success);
        answered.SetResult();
        await engine.UntilAsync(async () => (await engine.Database.InTransactionAsync(tx => CallbackTable.OfRunAsync(tx, run))).Count == 0, "nothing is owed");
        Assert.That((await engine.LogAsync((await engine.AttemptsAsync(ask)).Single()))[^1], Is.EqualTo("notifiers (Teller) failed; the state of the task stays as it is: nobody at home"));
    }

    private static TestTask Asks(string taskId, params (string Name, string Value)[] inputs) =>
        new(taskId, inputs.Any(input => input.Name == "subject") ? inputs : [("subject", "Go on?"), .. inputs]) { Type = "Hitl", After = [] };

    private static Task<HitlResponse> RespondAsync(TestEngine engine, string task, HitlAnswer answer, int? mapIndex = null) =>
        engine.Get<RespondToHitl>().ExecuteAsync("sales", "manual__1", new TaskChoice(task, mapIndex), answer, Ann, CancellationToken.None);

    /// <summary>By another worker than the engine's own, which has stopped.</summary>
    private static async Task RunElsewhereAsync(TestEngine engine, long run, string task)
    {
        var worker = new TaskRunner(
            engine.Database, engine.Get<ActivityCatalog>(), engine.Get<DagVersions>(), engine.Get<RunPlanning>(), engine.Get<ITaskQueue>(), new WorkerOptions { Name = "another" }, engine.Time, NullLogger<TaskRunner>.Instance);
        await worker.RunAsync((await engine.TaskAsync(run, task)).Id, CancellationToken.None, CancellationToken.None);
    }

    private static Task<IReadOnlyList<HitlAction>> AskingAsync(TestEngine engine) => engine.Database.InTransactionAsync(tx => HitlDetailTable.AskingAsync(tx, null, 10));

    private static async Task TickAsync(TestEngine engine, TimeSpan time)
    {
        engine.Time.Advance(time);
        await engine.Get<Triggerer>().TickAsync(engine.Get<ITaskQueue>(), CancellationToken.None);
    }
}
