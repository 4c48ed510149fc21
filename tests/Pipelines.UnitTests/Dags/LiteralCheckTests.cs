using System.Text.Json.Nodes;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Templates;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Dags;

/// <summary>What a run would refuse for certain is refused when the file is read, at its place and in the words of the run; what only a run knows is not.</summary>
public sealed class LiteralCheckTests
{
    private static readonly ActivityCatalog Catalog = new([.. BuiltInActivities.All, new Paying()]);

    [TestCase("BranchDateTime", """{"targetLower": "25:00"}""", "targetLower", "Input 'targetLower' is '25:00' but must be a time of the day such as 08:00, or a moment such as 2026-01-31T06:00:00.")]
    [TestCase("BranchDateTime", """{"targetUpper": "noon"}""", "targetUpper", "Input 'targetUpper' is 'noon' but must be a time of the day")]
    [TestCase("BranchDateTime", "{}", null, "Neither input 'targetLower' nor 'targetUpper' is set.")]
    [TestCase("BranchDateTime", """{"targetLower": "08:00", "timezone": "Mars"}""", "timezone", "Input 'timezone' is 'Mars', which is no time zone. Name one such as Europe/Berlin.")]
    [TestCase("BranchDateTime", """{"targetLower": "08:00", "followTaskIdsIfTrue": []}""", "followTaskIdsIfTrue", "Input 'followTaskIdsIfTrue' is set but not 'followTaskIdsIfFalse'.")]
    [TestCase("BranchDayOfWeek", """{"weekDay": "Caturday"}""", "weekDay", "Input 'weekDay' names 'Caturday', which is no day of the week. Name days such as Monday.")]
    [TestCase("DayOfWeekSensor", """{"weekDay": ["Monday", "Someday"]}""", "weekDay", "Input 'weekDay' names 'Someday'")]
    [TestCase("TimeSensor", """{"targetTime": "24:30"}""", "targetTime", "Input 'targetTime' is '24:30' but must be a time of day such as 06:30.")]
    [TestCase("TriggerDagRun", """{"triggerDagId": "x", "conf": 5}""", "conf", "Input 'conf' must be a JSON object such as")]
    [TestCase("TriggerDagRun", """{"triggerDagId": "x", "logicalDate": "tomorrow"}""", "logicalDate", "Input 'logicalDate' is 'tomorrow' but must be an ISO 8601 date such as 2026-01-31T06:00:00Z, or None.")]
    [TestCase("TriggerDagRun", """{"triggerDagId": "x", "allowedStates": ["done"]}""", "allowedStates", "Input 'allowedStates' names 'done', which is no state of a run.")]
    [TestCase("ExternalTaskSensor", """{"externalDagId": "x", "failedStates": ["broken"]}""", "failedStates", "Input 'failedStates' names 'broken', which is no state.")]
    [TestCase("ExternalTaskSensor", """{"externalDagId": "x", "failedStates": ["success"]}""", "failedStates", "State 'success' is in more than one of")]
    [TestCase("ExternalTaskSensor", """{"externalDagId": "x", "executionDelta": "01:00:00", "executionDates": "2026-01-01"}""", "executionDelta", "Inputs 'executionDelta' and 'executionDates' exclude each other.")]
    [TestCase("ExternalTaskSensor", """{"externalDagId": "x", "executionDates": "yesterday"}""", "executionDates", "Input 'executionDates' holds 'yesterday' but must be an ISO 8601 date")]
    [TestCase("Branch", "{}", null, "A branch needs either the input 'condition' or the input 'followTaskIds', and this one has none.")]
    [TestCase("ExtractToS3", """{"bucket": "b"}""", null, "Set exactly one of the inputs 'table' (schema.table) and 'query'.")]
    [TestCase("ExtractToS3", """{"bucket": "b", "table": "a.b.c"}""", "table", "Input 'table' is 'a.b.c' but must be schema.table")]
    [TestCase("ExtractToS3", """{"bucket": "b", "table": "t", "mode": "server_side", "compression": "gzip"}""", "mode", "aws_s3 writes uncompressed files only")]
    [TestCase("ExtractToS3", """{"bucket": "b", "table": "t", "fileSizeMb": 0}""", "fileSizeMb", "Input 'fileSizeMb' is 0 but must be 1 to 5120")]
    [TestCase("CopyToRedshift", """{"table": "t", "distStyle": "SOME"}""", "distStyle", "Input 'distStyle' is 'SOME' but must be AUTO, EVEN, KEY or ALL.")]
    [TestCase("CopyToRedshift", """{"table": "t", "copyOptions": "x;--"}""", "copyOptions", "Input 'copyOptions' is \"x;--\" but may hold only")]
    [TestCase("Bash", """{"bashCommand": "ls", "skipOnExitCode": "many"}""", "skipOnExitCode", "Input 'skipOnExitCode' is 'many' but must be a JSON value")]
    [TestCase("Bash", """{"bashCommand": "ls", "env": [1]}""", "env", "Input 'env' must be a JSON object of names and texts")]
    [TestCase("Http", """{"maxResponseMb": 0}""", "maxResponseMb", "Input 'maxResponseMb' must be from 1 to")]
    [TestCase("Http", """{"headers": []}""", "headers", "Input 'headers' must be a JSON object")]
    [TestCase("SqlQuery", """{"sql": "SELECT 1", "parameters": {"a": 1}}""", "parameters", "Input 'parameters' must be a JSON array")]
    [TestCase("Python", """{"code": "return 1", "opKwargs": [1]}""", "opKwargs", "Input 'opKwargs' must be a JSON object")]
    [TestCase("Email", """{"to": "nobody", "subject": "s"}""", "to", "Input 'to' holds 'nobody', which is no mail address.")]
    [TestCase("Reconcile", """{"checks": [{"name": "a"}]}""", "checks", "Input 'checks' must be a JSON array of objects")]
    [TestCase("Empty", """{"email": "nobody"}""", "email", "Of 'email': Input 'to' holds 'nobody', which is no mail address.")]
    [TestCase("Acme.Pay", """{"amount": "-5"}""", "amount", "Input 'amount' is -5 but must be above zero.")]
    [TestCase("Acme.Pay", """{"amount": "5", "to": "me", "from": "me"}""", "to", "Nobody pays himself.")]
    [TestCase("Acme.Pay", """{"amount": "5", "note": "x"}""", "note", "The activity cannot read 'note': InvalidOperationException: No notes today. Correct the value, or the check in the activity's descriptor.")]
    public void What_a_run_would_refuse_is_an_error_of_the_file(string type, string inputs, string? at, string message)
    {
        var errors = Read(type, inputs).Errors;
        Assert.That(errors.Select(error => error.Message), Has.One.StartWith(message));
        Assert.That(errors, Has.Count.EqualTo(1));
        Assert.That(errors[0].JsonPath, Is.EqualTo($"$.root.activities[1]{(at is null ? "" : $".{at}")}"));
    }

    [TestCase("BranchDateTime", """{"targetLower": "08:00", "targetUpper": "2026-01-31"}""")]
    [TestCase("BranchDateTime", """{"expand": {"targetLower": ["08:00", "{{ params.from }}"]}}""")]
    [TestCase("BranchDayOfWeek", """{"weekDay": "{{ params.day }}"}""")]
    [TestCase("TriggerDagRun", """{"triggerDagId": "x", "logicalDate": "None", "conf": {}}""")]
    [TestCase("TriggerDagRun", """{"triggerDagId": "x", "logicalDate": "{{ ts }}", "conf": "{{ params.conf }}"}""")]
    [TestCase("ExtractToS3", """{"bucket": "b", "expand": {"table": ["a", "b"]}}""")]
    [TestCase("ExtractToS3", """{"bucket": "b", "expandKwargs": [{"table": "a"}, {"query": "SELECT 1"}]}""")]
    [TestCase("Branch", """{"condition": "{{ params.x }}"}""")]
    public void What_is_right_or_known_only_in_a_run_is_read(string type, string inputs) => Assert.That(Read(type, inputs).Errors, Is.Empty);

    [TestCase("""{"expand": {"weekDay": ["Monday", "Caturday"]}}""", "expand", "Mapped over 'Caturday': Input 'weekDay' names 'Caturday'")]
    [TestCase("""{"expandKwargs": [{"weekDay": "Caturday"}]}""", "expandKwargs", "Mapped over 'Caturday': Input 'weekDay' names 'Caturday'")]
    public void Values_that_a_task_is_mapped_over_are_looked_at_too(string inputs, string at, string message)
    {
        var error = Read("BranchDayOfWeek", inputs).Errors.Single();
        Assert.That((error.JsonPath, error.Message), Is.EqualTo(($"$.root.activities[1].{at}", error.Message)));
        Assert.That(error.Message, Does.StartWith(message));
    }

    [Test]
    public void Everything_is_told_at_once_and_default_args_too()
    {
        var text = Dag("BranchDateTime", """{"targetLower": "25:00", "targetUpper": "26:00"}""").Set("defaultArgs", """{"timezone": "Mars"}""");
        Assert.That(Read(text).Errors.Select(error => error.JsonPath), Is.EquivalentTo(new[]
        {
            "$.root.activities[0].defaultArgs.timezone", "$.root.activities[1].targetLower", "$.root.activities[1].targetUpper",
        }));
    }

    [Test]
    public void A_default_is_not_what_a_mapped_task_has() =>
        Assert.That(Read(Dag("TimeSensor", """{"expand": {"targetTime": ["06:30"]}}""").Set("defaultArgs", """{"targetTime": "25:00"}""")).Errors, Is.Empty);

    [Test]
    public void The_DAGs_of_this_repository_are_read_without_a_word()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Product.Root, "workflows"), "*.json", SearchOption.AllDirectories))
        {
            var result = DagFile.Read(File.ReadAllText(file), file, Catalog);
            Assert.That(result.Errors.Concat(result.Warnings), Is.Empty, file);
        }
    }

    [Test]
    public void A_version_that_was_stored_before_goes_on_as_it_did() => Assert.That(
        Read(Dag("BranchDateTime", """{"targetLower": "25:00", "pool": 5}"""), new StoredTemplates(new Dictionary<string, string>())).Errors, Is.Empty);

    [TestCase("""["a", "elsewhere"]""", null, "options", "Input 'options' of 'ask' names 'elsewhere', and there is no such task or task group. Known: a, b. Name one that is directly after 'ask'.")]
    [TestCase("""["a", "Go"]""", """{"Go": "bb"}""", "optionsMapping", "Input 'optionsMapping' of 'ask' names 'bb', and there is no such task or task group. Did you mean 'b'?")]
    [TestCase("""["a", "before"]""", null, "options", "Input 'options' of 'ask' names 'before', which is not after it: whoever chose it would have every task after 'ask' skipped.")]
    public void A_person_is_offered_no_task_that_is_not_after_it(string options, string? mapping, string at, string message)
    {
        var error = Read(Asking(options, mapping)).Errors.Single();
        Assert.That(error.JsonPath, Is.EqualTo($"$.root.activities[1].{at}"));
        Assert.That(error.Message, Does.StartWith(message));
    }

    [Test]
    public void A_person_may_be_offered_what_is_there()
    {
        Assert.That(Read(Asking("""["a", "b", "Go"]""", """{"Go": "b"}""")).Errors, Is.Empty);
        // As Airflow's: the tasks between are skipped and the later one runs if its trigger rule lets it.
        var later = Read(Asking("""["a", "later"]""", null));
        Assert.That(later.Errors, Is.Empty);
        Assert.That(later.Warnings.Single().Message, Does.StartWith("Input 'options' of 'ask' names 'later', which is after it but not directly"));
    }

    [Test]
    public void A_branch_names_tasks_that_are_there()
    {
        DagFileResult Branching(string follow) => Read(new DagText().Group("load", group => group.Task("x")).Task("b").Task("c").EdgeById("id-ask", "id-load").EdgeById("id-ask", "id-b"), "Branch", $$"""{"followTaskIds": {{follow}}}""");
        Assert.That(Branching("\"load\"").Errors, Is.Empty);
        Assert.That(Branching("""["load.x", "b"]""").Errors, Is.Empty);
        Assert.That(Branching("\"None\"").Errors, Is.Empty);
        Assert.That(Branching("\"lod\"").Errors.Single().Message, Does.StartWith("Input 'followTaskIds' of 'ask' names 'lod', and there is no such task or task group. Did you mean 'load'?"));
        var aside = Branching("\"c\"");
        Assert.That((aside.Errors.Count, aside.Warnings.Single().Message), Is.EqualTo((0, "Input 'followTaskIds' of 'ask' names 'c', which is not after it: when it is chosen, every task after 'ask' is skipped. Connect it, or name a task that is directly after 'ask'.")));
    }

    private static DagText Asking(string options, string? mapping)
    {
        var text = Dag("HitlBranch", new JsonObject { ["subject"] = "Which?", ["options"] = JsonNode.Parse(options), ["optionsMapping"] = mapping is null ? null : JsonNode.Parse(mapping) });
        foreach (var name in new[] { "a", "b", "later", "before" }) text.Activities.Add(new JsonObject { ["id"] = "id-" + name, ["name"] = name, ["type"] = "Empty" });
        return text.Edge("before", "ask").Edge("ask", "a").Edge("ask", "b").Edge("b", "later");
    }

    private static DagFileResult Read(string type, string inputs) => Read(Dag(type, inputs));

    private static DagFileResult Read(DagText text, string type, string inputs)
    {
        foreach (var (name, task) in text.Activities.OfType<JsonObject>().Where(task => (string?)task["type"] == "Copy").Select(task => ((string)task["name"]!, task)).ToList()) Empty(task, name);
        foreach (var group in text.Activities.OfType<JsonObject>().Where(task => task["activities"] is not null))
            foreach (var task in group["activities"]!.AsArray().OfType<JsonObject>()) Empty(task, (string)task["name"]!);
        text.Activities.Add(Activity(type, (JsonObject)JsonNode.Parse(inputs)!));
        return Read(text);
    }

    private static void Empty(JsonObject task, string name)
    {
        task["type"] = "Empty";
        task.Remove("table");
    }

    private static DagFileResult Read(DagText text, ITemplateSource? templates = null) => DagFile.Read(text.Definition.ToJsonString(), "workflows/sales.json", Catalog, templates);

    private static DagText Dag(string type, string inputs) => Dag(type, (JsonObject)JsonNode.Parse(inputs)!);

    private static DagText Dag(string type, JsonObject inputs)
    {
        var text = new DagText();
        text.Activities.Add(Activity(type, inputs));
        return text;
    }

    private static JsonObject Activity(string type, JsonObject inputs)
    {
        var activity = new JsonObject { ["id"] = "id-ask", ["name"] = "ask", ["type"] = type };
        foreach (var (name, value) in inputs)
            activity[name] = value?.GetValueKind() == System.Text.Json.JsonValueKind.String && value.ToString().Contains("{{", StringComparison.Ordinal) ? DagText.Input(value.DeepClone(), "Jinja") : value?.DeepClone();
        return activity;
    }

    /// <summary>As a plugin's author writes one.</summary>
    private sealed class Paying : IActivity
    {
        public ActivityDescriptor Descriptor { get; } = new("Acme.Pay", "Pay", "Acme", "Pays.",
            [
                new("amount", InputType.Integer, "Amount", "In cents.") { Required = true, Check = inputs => Amount(inputs) },
                new("from", InputType.String, "From", "Who pays."),
                new("to", InputType.String, "To", "Who gets it."),
                new("note", InputType.String, "Note", "Why.") { Check = _ => throw new InvalidOperationException("No notes today.") },
            ],
            [], ["Done"])
        { Checks = [new(["to", "from"], Parties)] };

        public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation) => throw new NotSupportedException();

        private static long Amount(RenderedInputs inputs) => inputs.Integer("amount", 0) is > 0 and var amount ? amount
            : throw new TaskFailure($"Input 'amount' is {inputs.Integer("amount", 0)} but must be above zero.", retryable: false);

        private static void Parties(RenderedInputs inputs)
        {
            if (inputs.Optional("to") is { } to && to == inputs.Optional("from")) throw new TaskFailure("Nobody pays himself.", retryable: false);
        }
    }
}
