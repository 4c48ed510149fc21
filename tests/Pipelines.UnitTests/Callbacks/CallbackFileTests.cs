using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Callbacks;
using Pipelines.Model.Dags;
using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Callbacks;

/// <summary>Whom a DAG file says to tell, and of what (airflow-semantics.md §1, §5, §6).</summary>
public sealed class CallbackFileTests
{
    private const string Hook = """{"type": "Http", "httpConnId": "alerts", "endpoint": "hook", "data": {"text": "{{ ti.task_id }}: {{ exception }}"}}""";

    private static readonly ActivityCatalog Catalog = new(BuiltInActivities.All);

    private static DagFileResult Read(string task, string dag = "") => DagFile.Read(
        $$$"""
        {"definitionId": "sales", "root": {"id": "flow", "type": "Elsa.Flowchart", "connections": [], "activities": [
            {"id": "dag", "type": "Pipelines.Dag" {{{(dag.Length > 0 ? ", " + dag : "")}}} },
            {"id": "load", "name": "load", "type": "Empty" {{{(task.Length > 0 ? ", " + task : "")}}} }] } }
        """, "sales.json", Catalog);

    private static CallbackLists OfTask(string task, string dag = "")
    {
        var file = Read(task, dag);
        Assert.That(file.Errors, Is.Empty);
        return file.Dag!.TasksById["load"].Callbacks;
    }

    private static IEnumerable<string> Errors(string task, string dag = "") => Read(task, dag).Errors.Select(error => $"{error.JsonPath}: {error.Message}");

    [Test]
    public void Each_of_the_five_is_a_list_of_notifiers_in_its_order_and_one_may_stand_alone()
    {
        var lists = OfTask($$"""
            "onFailureCallback": [{{Hook}}, {"type": "Bash", "bashCommand": "logger x", "timeout": "00:00:05"}], "onRetryCallback": {{Hook}},
            "onSuccessCallback": {{Hook}}, "onSkippedCallback": {{Hook}}, "onExecuteCallback": {{Hook}}
            """);
        Assert.That(lists.Of(CallbackKind.OnFailureCallback).Select(notifier => (notifier.ActivityType, notifier.Timeout)),
            Is.EqualTo(new[] { ("Http", Notifier.UsualTimeout), ("Bash", TimeSpan.FromSeconds(5)) }));
        Assert.That(Enum.GetValues<CallbackKind>().Select(kind => lists.Of(kind).Count), Is.EqualTo(new[] { 1, 1, 2, 1, 1, 0 }));
    }

    [Test]
    public void Texts_with_braces_are_templates_and_a_body_may_be_written_as_JSON()
    {
        var notifier = OfTask($"\"onFailureCallback\": {Hook}").Of(CallbackKind.OnFailureCallback).Single();
        Assert.That(notifier.Inputs["endpoint"], Is.EqualTo(new InputExpression(ExpressionSyntax.Literal, "hook")));
        Assert.That(notifier.Inputs["data"].Syntax, Is.EqualTo(ExpressionSyntax.Jinja));
        Assert.That(notifier.JsonInputs, Is.EqualTo(new[] { "data" }));
    }

    [Test]
    public void Default_args_give_every_task_its_callbacks_templates_included_and_a_task_may_have_its_own()
    {
        var defaults = $"\"defaultArgs\": {{\"onFailureCallback\": [{Hook}], \"email\": \"a@example.com\"}}";
        Assert.That(OfTask("", defaults).Of(CallbackKind.OnFailureCallback).Select(notifier => notifier.ActivityType), Is.EqualTo(new[] { "Http", "Email" }));
        Assert.That(OfTask("\"onFailureCallback\": {\"type\": \"Bash\", \"bashCommand\": \"x\"}", defaults).Of(CallbackKind.OnFailureCallback).Select(notifier => notifier.ActivityType), Is.EqualTo(new[] { "Bash", "Email" }));
    }

    [Test]
    public void That_a_text_is_used_as_it_stands_is_told_of_addresses_and_not_of_notifiers()
    {
        var warnings = Read($"\"email\": \"{{{{ var.value.team }}}}\", \"onFailureCallback\": {Hook}").Warnings.Select(warning => warning.Message);
        Assert.That(warnings, Has.One.StartWith("Input 'email' looks like a template").And.None.Contains("onFailureCallback"));
    }

    [Test]
    public void The_callbacks_of_a_DAG_are_its_own_and_not_those_of_its_tasks()
    {
        var file = Read("", $"\"onFailureCallback\": [{Hook.Replace("exception", "reason", StringComparison.Ordinal)}], \"onSuccessCallback\": {Hook.Replace("exception", "reason", StringComparison.Ordinal)}");
        Assert.That(file.Errors, Is.Empty);
        Assert.That(file.Dag!.Callbacks.Of(CallbackKind.OnFailureCallback), Has.Count.EqualTo(1));
        Assert.That(file.Dag.TasksById["load"].Callbacks.Lists, Is.Empty);
        Assert.That(Errors("", $"\"onRetryCallback\": [{Hook}]"), Has.Some.Contain("'Pipelines.Dag' has no input 'onRetryCallback'"));
    }

    [TestCase("", new[] { "failure", "retry" })]
    [TestCase(", \"emailOnRetry\": false", new[] { "failure" })]
    [TestCase(", \"emailOnFailure\": false", new[] { "retry" })]
    public void Email_is_a_mail_behind_the_callbacks_of_failure_and_retry(string more, string[] kinds)
    {
        var lists = OfTask($"\"email\": \"a@example.com\"{more}");
        Assert.That(lists.Lists.Select(list => (StateNames.ToName(list.Key), list.Value.Single().ActivityType)), Is.EquivalentTo(kinds.Select(kind => ($"on_{kind}_callback", "Email"))));
    }

    [TestCase("\"onFailurCallback\": []", "'Empty' has no input 'onFailurCallback'. Did you mean 'onFailureCallback'?")]
    [TestCase("\"onFailureCallback\": 7", "must be a list of notifiers")]
    [TestCase("\"onFailureCallback\": [7]", ".onFailureCallback[0]: A notifier must be an object with a 'type'")]
    [TestCase("\"onFailureCallback\": [{\"endpoint\": \"x\"}]", "Types: Bash, Email, Http.")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"Htpp\"}]", ".onFailureCallback[0].type: 'Htpp' is no notifier. Did you mean 'Http'?")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"SqlQuery\", \"sql\": \"x\"}]", "'SqlQuery' is no notifier.")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"Http\", \"endpont\": \"x\"}]", ".onFailureCallback[0].endpont: 'Http' has no input 'endpont'. Did you mean 'endpoint'?")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"Http\", \"retries\": 3}]", "'Http' has no input 'retries'.")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"Http\", \"method\": \"PSOT\"}]", "Did you mean 'POST'?")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"Http\", \"endpoint\": \"{{ ti.\"}]", "The Jinja of input 'endpoint' does not parse")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"Http\", \"data\": {\"a\": \"{{ ti.\"}}]", "The Jinja of input 'data' does not parse")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"Email\", \"to\": \"a@b.c\"}]", "'Email' needs the input 'subject'")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"Http\", \"timeout\": \"01:00:00\"}]", "at most 00:10:00")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"Http\", \"timeout\": \"soon\"}]", "must be a duration")]
    [TestCase("\"onFailureCallback\": [{\"type\": \"Bash\", \"bashCommand\": \"echo {{ exception }}\"}]", "must not become part of it")]
    [TestCase("\"emailOnRetry\": \"maybe\"", "must be true or false")]
    public void A_mistake_is_told_at_its_place_with_what_to_do(string task, string words) => Assert.That(Errors(task), Has.Some.Contain(words));

    [Test]
    public void A_command_gets_what_a_task_said_as_a_variable() => Assert.That(
        Errors("\"onFailureCallback\": [{\"type\": \"Bash\", \"bashCommand\": \"echo exception of {{ ti.task_id }} \\\"$SAID\\\"\", \"env\": {\"SAID\": \"{{ exception }}\"}}]"), Is.Empty);

    [Test]
    public void Another_callback_is_another_version_of_the_DAG_and_none_is_the_version_from_before()
    {
        string[] hashes = [.. new[] { "", "\"onFailureCallback\": []", $"\"onFailureCallback\": [{Hook}]", $"\"onRetryCallback\": [{Hook}]", $"\"onFailureCallback\": [{Hook.Replace("hook", "hooks", StringComparison.Ordinal)}]" }.Select(task => Read(task).Hash!)];
        Assert.That(hashes[0], Is.EqualTo(hashes[1]));
        Assert.That(hashes.Skip(1), Is.Unique);
        Assert.That(Read("", "\"onFailureCallback\": {\"type\": \"Http\"}").Hash, Is.Not.EqualTo(hashes[0]));
    }

    [Test]
    public void The_designer_shows_them_in_a_tab_of_their_own()
    {
        var inputs = Catalog.Find("Empty")!.Inputs.Where(input => input.Category == CallbackInputs.Category).Select(input => (input.Name, input.UiHint)).ToList();
        Assert.That(inputs, Has.Count.EqualTo(8));
        Assert.That(inputs.Take(5).Select(input => input.UiHint), Is.All.EqualTo("json-editor"));
    }
}
