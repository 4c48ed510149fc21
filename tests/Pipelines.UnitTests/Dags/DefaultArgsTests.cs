using System.Text.Json.Nodes;
using Pipelines.Model.Dags;

namespace Pipelines.UnitTests.Dags;

/// <summary>default_args (airflow-semantics.md §1).</summary>
public sealed class DefaultArgsTests
{
    private const string Place = "$.root.activities[0].defaultArgs";

    [Test]
    public void Tasks_take_what_they_do_not_set_themselves()
    {
        var dag = Text("""{"retries": 2, "retryDelay": "00:01:00", "dependsOnPast": true, "pool": "small"}""")
            .Task("a").Task("b", ("retries", 0), ("pool", DagText.Input("")), ("dependsOnPast", "False")).Read().Dag!;
        Assert.That(dag.Tasks.Select(task => (task.Retries, task.RetryDelay, task.DependsOnPast, task.Pool)),
            Is.EqualTo(new[] { (2, TimeSpan.FromMinutes(1), true, "small"), (0, TimeSpan.FromMinutes(1), false, "small") }));
    }

    [Test]
    public void Inputs_of_activities_go_to_those_that_have_them_and_may_be_templates()
    {
        var dag = Text("""{"where": "d = '{{ ds }}'", "columns": ["x"], "size": 3, "follow": "a"}""").Task("a").Branch("b").Edge("b", "a").Read().Dag!;
        Assert.That(dag.TasksById["a"].Inputs, Is.EquivalentTo(new Dictionary<string, InputExpression>
        {
            ["table"] = new(ExpressionSyntax.Literal, "t"),
            ["where"] = new(ExpressionSyntax.Jinja, "d = '{{ ds }}'"),
            ["columns"] = new(ExpressionSyntax.Literal, """["x"]"""),
            ["size"] = new(ExpressionSyntax.Literal, "3"),
        }));
        Assert.That(dag.TasksById["b"].Inputs.Keys, Is.EqualTo(new[] { "follow" }));
    }

    [Test]
    public void A_required_input_may_come_from_them()
    {
        var text = Text("""{"table": "orders"}""").Task("a");
        text.Activities[1]!.AsObject().Remove("table");
        Assert.That(text.Read().Dag!.Tasks.Single().Inputs["table"].Text, Is.EqualTo("orders"));
    }

    [Test]
    public void The_DAG_takes_dates_owner_and_params_that_it_does_not_set()
    {
        const string Args = """{"startDate": "2026-01-01", "endDate": "2026-02-01", "owner": "ada", "params": {"a": 1, "b": 1}}""";
        var taken = Text(Args).Set("params", """{"b": 2}""").Task("a").Read().Dag!;
        Assert.That((taken.StartDate, taken.EndDate, taken.Owner, taken.Params.Values([]).ToJsonString()), Is.EqualTo(((DateTimeOffset?)Day(1, 1), (DateTimeOffset?)Day(2, 1), "ada", """{"a":1,"b":2}""")));
        Assert.That((taken.Tasks.Single().StartDate, taken.Tasks.Single().EndDate), Is.EqualTo((taken.StartDate, taken.EndDate)));
        var own = Text(Args).Set("startDate", "2026-01-05").Set("owner", "bob").Task("a").Read().Dag!;
        Assert.That((own.StartDate, own.Owner), Is.EqualTo(((DateTimeOffset?)Day(1, 5), "bob")));
    }

    [TestCase("""{"retires": 2}""", "$.root.activities[0].defaultArgs.retires: 'defaultArgs' has 'retires', which no task of this DAG takes. Did you mean 'retries'?")]
    [TestCase("""{"retry_delay": 60}""", "$.root.activities[0].defaultArgs.retry_delay: 'defaultArgs' has 'retry_delay', which no task of this DAG takes. Did you mean 'retryDelay'?")]
    [TestCase("""{"catchup": true}""", "$.root.activities[0].defaultArgs.catchup: 'defaultArgs' has 'catchup', which is a setting of the DAG and not of its tasks. Set it on 'Pipelines.Dag' itself.")]
    [TestCase("""{"retries": "many"}""", "$.root.activities[0].defaultArgs.retries: Input 'retries' is 'many' but must be an integer such as 64.")]
    [TestCase("""{"params": 1}""", "$.root.activities[0].defaultArgs.params: In 'defaultArgs': 'params' must be a JSON object of names and default values such as {\"country\": \"DE\"}.")]
    [TestCase("""{"pool": "{{ ds }}"}""", "$.root.activities[0].defaultArgs.pool: 'pool' is a setting, read before any run exists, so it must be a Literal and not Jinja.")]
    [TestCase("[1]", Place + ": 'defaultArgs' must be a JSON object of inputs and values such as {\"retries\": 2, \"retryDelay\": \"00:01:00\"}.")]
    public void What_is_wrong_is_told_once_at_its_place(string args, string error) =>
        Assert.That(Text(args).Task("a").Task("b").Errors(), Is.EqualTo(new[] { error }));

    [Test]
    public void They_change_the_hash_as_settings_of_the_tasks_do()
    {
        var byDefault = Text("""{"retries": 2}""").Task("a").Read().Hash;
        Assert.That(byDefault, Is.EqualTo(new DagText().Task("a", ("retries", 2)).Read().Hash));
        Assert.That(byDefault, Is.Not.EqualTo(new DagText().Task("a").Read().Hash));
    }

    private static DagText Text(string args) => new DagText().Set("defaultArgs", JsonValue.Create(args));

    private static DateTimeOffset Day(int month, int day) => new(2026, month, day, 0, 0, 0, TimeSpan.Zero);
}
