using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Dags;
using Pipelines.Model.Hitl;
using Pipelines.Model.Params;
using Pipelines.TestKit;
using Pipelines.UnitTests.Dags;

namespace Pipelines.UnitTests.Activities;

/// <summary>airflow-semantics.md §23: what files may ask people, what answers fit, and what each activity makes of one. What the engine makes of it is in the integration tests' HitlTests.</summary>
public sealed class HitlTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly ActivityCatalog Catalog = new(BuiltInActivities.All);

    [TestCase("Hitl", """{"subject": "Go on?"}""", "needs the input 'options'")]
    [TestCase("Hitl", """{"options": ["a"]}""", "needs the input 'subject'")]
    [TestCase("Hitl", """{"subject": "Go on?", "options": ["a", " "]}""", "Input 'options' needs one option or more, and none of them empty")]
    [TestCase("Hitl", """{"subject": "Go on?", "options": ["a", "b", "a"]}""", "Input 'options' has 'a' twice. Leave it once.")]
    [TestCase("Hitl", """{"subject": "Go on?", "options": ["Publish", "Wait"], "defaults": "Publsh"}""", "Input 'defaults' has 'Publsh', which is none of the options. Did you mean 'Publish'?")]
    [TestCase("Hitl", """{"subject": "Go on?", "options": ["a", "b"], "defaults": ["a", "b"]}""", "Input 'defaults' has several options, but only one may be chosen. Leave one, or set 'multiple'.")]
    [TestCase("Hitl", """{"subject": "Go on?", "options": ["a"], "assignedUsers": {"ann": 1}}""", "Input 'assignedUsers' must be a JSON array of user names")]
    [TestCase("Hitl", """{"subject": "Go on?", "options": ["a"], "params": {"_options": 1}}""", "A param of 'ask' is called '_options', which is kept for the chosen options.")]
    [TestCase("Hitl", """{"subject": "Go on?", "options": ["a"], "defaults": "a", "params": {"why": {"schema": {"type": "string"}}}}""", "Param 'why' has no default, so the run needs a value for it. 'ask' has defaults for when nobody answers, so every param that it asks for needs a valid default too.")]
    [TestCase("Hitl", """{"subject": "Go on?", "optons": ["a"]}""", "'Hitl' has no input 'optons'. Did you mean 'options'?")]
    [TestCase("Approval", """{"subject": "Go on?", "options": ["a"]}""", "'Approval' has no input 'options'")]
    [TestCase("Approval", """{"subject": "Go on?", "multiple": true}""", "'Approval' has no input 'multiple'")]
    [TestCase("Approval", """{"subject": "Go on?", "defaults": "Yes"}""", "Input 'defaults' has 'Yes', which is none of the options. Known: Approve, Reject.")]
    [TestCase("HitlBranch", """{"subject": "Which?", "options": ["a", "b"], "optionsMapping": {"c": "load"}}""", "Input 'optionsMapping' has 'c', which is none of the options.")]
    [TestCase("HitlBranch", """{"subject": "Which?", "options": ["a", "b"], "optionsMapping": {"a": 1}}""", "Input 'optionsMapping' must be a JSON object of options and task ids")]
    public void What_makes_no_sense_is_told_when_the_file_is_read(string type, string inputs, string message) =>
        Assert.That(Read(type, inputs).Errors.Select(error => error.Message), Has.Some.Contain(message));

    [TestCase("Hitl", """{"subject": "Go on?", "options": ["a", "b"], "defaults": ["a", "b"], "multiple": true, "assignedUsers": ["ann", {"id": "7", "name": "bob"}]}""")]
    [TestCase("Hitl", """{"subject": "Go on?", "options": ["a"], "params": {"why": {"schema": {"type": "string", "minLength": 3}}}}""")]
    [TestCase("Hitl", """{"subject": "Go on?", "options": "{{ ti.xcom_pull('list') }}", "defaults": "c"}""")]
    [TestCase("Hitl", """{"subject": "Go on?", "expand": {"options": [["a"], ["b"]]}, "defaults": "c"}""")]
    [TestCase("Approval", """{"subject": "Go on?", "defaults": "Reject", "failOnReject": true}""")]
    [TestCase("HitlEntry", """{"subject": "How much?", "params": {"rows": 5}}""")]
    public void What_makes_sense_or_is_known_only_later_is_read(string type, string inputs)
    {
        var result = Read(type, inputs);
        Assert.That(result.Errors, Is.Empty);
        Assert.That(result.Dag!.TasksById["ask"].AsksPeople, Is.True);
    }

    [Test]
    public void Notifiers_are_told_of_the_question_and_are_no_input_of_the_activity()
    {
        const string hook = """{"type": "Http", "httpConnId": "alerts", "data": {"text": "{{ task.subject }}: {{ task.options | join(', ') }} at {{ ti.log_url }}"}}""";
        var result = Read("Approval", $$"""{"subject": "Go on?", "notifiers": [{{hook}}], "onFailureCallback": {{hook}}}""");
        var ask = result.Dag!.TasksById["ask"];
        Assert.That(result.Errors.Concat(result.Warnings), Is.Empty);
        Assert.That(ask.Callbacks.Of(CallbackKind.Notifiers).Single().Inputs["data"].Syntax, Is.EqualTo(ExpressionSyntax.Jinja));
        Assert.That(ask.Inputs.Keys, Is.EqualTo(new[] { "subject" }));
        Assert.That(result.Hash, Is.Not.EqualTo(Read("Approval", $$"""{"subject": "Go on?", "onFailureCallback": {{hook}}}""").Hash));
    }

    [TestCase("Hitl", """{"subject": "Go on?", "options": ["a"], "notifiers": [{"type": "Htpp"}]}""", "'Htpp' is no notifier. Did you mean 'Http'?")]
    [TestCase("Hitl", """{"subject": "Go on?", "options": ["a"], "expand": {"notifiers": [[], []]}}""", "'notifiers' is a setting of the task, the same for all its task instances, so it cannot be mapped.")]
    [TestCase("Empty", """{"notifiers": [{"type": "Http"}]}""", "'Empty' has no input 'notifiers'")]
    public void Notifiers_are_checked_when_the_file_is_read(string type, string inputs, string message) =>
        Assert.That(Read(type, inputs).Errors.Select(error => error.Message), Has.Some.Contain(message));

    [Test]
    public async Task It_asks_what_its_inputs_say()
    {
        var asked = (Outcome.Asked)await new ActivityEnvironment().RunAsync(new Pipelines.Activities.Hitl(), Inputs(
            ("subject", "Go on?"), ("body", "42 rows"), ("options", """["a","b"]"""), ("defaults", "b"), ("assignedUsers", """["ann"]""")));
        Assert.Multiple(() =>
        {
            Assert.That((asked.Question.Subject, asked.Question.Body, asked.Question.Multiple), Is.EqualTo(("Go on?", "42 rows", false)));
            Assert.That((asked.Question.Options, asked.Question.Defaults, asked.Question.AssignedUsers), Is.EqualTo((new[] { "a", "b" }, new[] { "b" }, new[] { "ann" })));
        });
    }

    [Test]
    public async Task An_entry_has_one_button_which_counts_when_the_time_is_up()
    {
        var asked = (Outcome.Asked)await new ActivityEnvironment().RunAsync(new HitlEntry(), Inputs(("subject", "How much?")));
        Assert.That((asked.Question.Options, asked.Question.Defaults), Is.EqualTo((new[] { "OK" }, new[] { "OK" })));
    }

    [Test]
    public async Task The_answer_is_what_it_returns()
    {
        var outcome = (Outcome.Succeeded)await AnsweredAsync(new Pipelines.Activities.Hitl(), Answer("a"), ("options", """["a","b"]"""));
        Assert.That(outcome.ReturnValue!.ToJsonString(), Is.EqualTo(
            """{"chosen_options":["a"],"params_input":{"why":"because"},"responded_at":"2026-01-02T03:04:05\u002B00:00","responded_by_user":{"id":"ann","name":"ann"}}"""));
    }

    [Test]
    public async Task A_wait_that_nobody_ended_fails_and_may_be_tried_again()
    {
        var task = new ActivityEnvironment { Resumption = new Resumption(TriggerEnd.TimedOut, [], null, null) };
        var failure = await Assert.ThrowsAsync<TaskFailure>(() => task.RunAsync(new Approval(), Inputs(("subject", "Go on?"))));
        Assert.That((failure!.Retryable, failure.Message), Is.EqualTo((true, "Nobody has answered 'Go on?' within the task's executionTimeout. Clear the task to ask again, give people longer, or say with 'defaults' what counts then.")));
    }

    [TestCase("Approve", null, null)]
    [TestCase("Reject", null, false)]
    [TestCase("Reject", "true", true)]
    public async Task A_rejection_skips_the_tasks_after_it(string chosen, string? everywhere, bool? skips)
    {
        var outcome = (Outcome.Succeeded)await AnsweredAsync(new Approval(), Answer(chosen), ("ignoreDownstreamTriggerRules", everywhere));
        Assert.That(outcome.Downstream, Is.EqualTo(skips is { } all ? new Downstream.Skip(all) : null));
        Assert.That((string?)outcome.ReturnValue!["chosen_options"]![0], Is.EqualTo(chosen));
    }

    [Test]
    public async Task A_rejection_fails_where_it_is_to()
    {
        var failure = await Assert.ThrowsAsync<TaskFailure>(() => AnsweredAsync(new Approval(), Answer("Reject"), ("failOnReject", "true")));
        Assert.That((failure!.Retryable, failure.Message), Is.EqualTo((true, "ann chose 'Reject', and 'failOnReject' is set. Clear the task to ask again.")));
    }

    [Test]
    public async Task A_branch_follows_the_tasks_that_the_options_stand_for()
    {
        var outcome = (Outcome.Succeeded)await AnsweredAsync(
            new HitlBranch(), Answer("Publish", "check"), ("options", """["Publish","check","wait"]"""), ("optionsMapping", """{"Publish":"load"}"""), ("multiple", "true"));
        Assert.That(((Downstream.FollowTasks)outcome.Downstream!).TaskIds, Is.EqualTo(new[] { "load", "check" }));
        Assert.That(outcome.ReturnValue!.ToJsonString(), Is.EqualTo("""["load","check"]"""));
    }

    [TestCase(false, """["a"]""", """{"rows": 5, "why": "x"}""", null)]
    [TestCase(true, """["b", "a"]""", """{"rows": 5, "why": "x"}""", null)]
    [TestCase(false, "[]", """{"rows": 5, "why": "x"}""", "Nothing is chosen. Choose one of 'a', 'b'.")]
    [TestCase(true, "[]", """{"rows": 5, "why": "x"}""", "Nothing is chosen. Choose one or more of 'a', 'b'.")]
    [TestCase(false, """["a", "b"]""", """{"rows": 5, "why": "x"}""", "2 options are chosen, but only one may be. Choose one of 'a', 'b'.")]
    [TestCase(true, """["a", "a"]""", """{"rows": 5, "why": "x"}""", "An option is chosen twice. Choose each once.")]
    [TestCase(false, """["Maybe"]""", """{"rows": 5, "why": "x"}""", "'Maybe' is no option. Known: a, b.")]
    [TestCase(false, """["a"]""", """{"rows": 5}""", "Param 'why' is asked for. Give it a value.")]
    [TestCase(false, """["a"]""", """{"rows": 5, "why": "x", "wy": 1}""", "Param 'wy' is not asked for. Did you mean 'why'?")]
    [TestCase(false, """["a"]""", """{"rows": 0, "why": "x"}""", "Param 'rows' is 0 but must be 1 or more.")]
    public void An_answer_fits_the_question_or_says_why_not(bool multiple, string chosen, string given, string? problem)
    {
        var asked = DagParams.Stored("""{"rows": {"value": 3, "schema": {"type": "integer", "minimum": 1}}, "why": {"schema": {"type": "string"}}}""");
        var answer = new HitlResponse([.. JsonNode.Parse(chosen)!.AsArray().Select(option => (string)option!)], (JsonObject)JsonNode.Parse(given)!, Now, "ann");
        Assert.That(answer.Problems(new HitlQuestion("Go on?", ["a", "b"]) { Multiple = multiple }, asked), Is.EqualTo(problem is null ? Array.Empty<string>() : [problem]));
    }

    [Test]
    public void Params_are_stored_with_their_schemas_and_come_back_in_their_order()
    {
        const string json = """{"z":1,"a":{"value":"x","description":"Why","schema":{"type":"string"}},"odd":{"value":{"schema":{}},"schema":{}}}""";
        var stored = DagParams.Stored(json);
        Assert.That(stored.ToJson().ToJsonString(), Is.EqualTo(json));
        Assert.That(stored.Items[2].Default!.ToJsonString(), Is.EqualTo("""{"schema":{}}"""));
    }

    private static HitlResponse Answer(params string[] chosen) => new(chosen, new JsonObject { ["why"] = "because" }, Now, "ann");

    private static Task<Outcome> AnsweredAsync(IActivity activity, HitlResponse answer, params (string Name, string? Value)[] inputs)
    {
        var task = new ActivityEnvironment { Time = new FakeTimeProvider(Now), Resumption = new Resumption(TriggerEnd.Fired, [], answer.ToJson(), null) };
        return task.RunAsync(activity, Inputs([("subject", "Go on?"), .. inputs]));
    }

    private static Dictionary<string, string?> Inputs(params (string Name, string? Value)[] inputs) => inputs.ToDictionary(input => input.Name, input => input.Value);

    private static DagFileResult Read(string type, string inputs)
    {
        var text = new DagText();
        var activity = new JsonObject { ["id"] = "id-ask", ["name"] = "ask", ["type"] = type };
        foreach (var (name, value) in (JsonObject)JsonNode.Parse(inputs)!)
            activity[name] = DagText.Input(value is JsonObject or JsonArray ? value.ToJsonString() : value!.DeepClone(), value is JsonValue && value.ToString().Contains("{{", StringComparison.Ordinal) ? "Jinja" : "Literal");
        text.Activities.Add(activity);
        return DagFile.Read(text.Definition.ToJsonString(), "workflows/sales.json", Catalog);
    }
}
