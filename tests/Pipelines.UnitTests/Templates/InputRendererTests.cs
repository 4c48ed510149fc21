using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Mapping;
using Pipelines.Model.Templates;
using static Pipelines.UnitTests.Templates.TemplateCase;

namespace Pipelines.UnitTests.Templates;

public class InputRendererTests
{
    private static RenderedInputs Render(params (string Name, InputExpression Value)[] inputs) => Render(Context(true, null, inputs));

    private static RenderedInputs Render(TemplateContext context) => InputRenderer.Render(
        new ActivityDescriptor("Copy", "Copy", "Test", "",
            [new("text", InputType.String, "", ""), new("list", InputType.StringList, "", ""), new("format", InputType.String, "", "") { Default = "csv" }, .. TaskInputs.All], [], ["Done"]),
        context);

    private static string? JavaScript(string code) => Render(("text", new(ExpressionSyntax.JavaScript, code))).Optional("text");

    [Test]
    public void Defaults_fill_in_and_task_settings_are_no_inputs()
    {
        Assert.That(Render().Values, Is.EquivalentTo(new Dictionary<string, string?> { ["format"] = "csv" }));
        Assert.That(Render(("format", new(ExpressionSyntax.Literal, "{{ ds }}"))).Required("format"), Is.EqualTo("{{ ds }}"));
    }

    [Test]
    public void A_template_gives_text_but_a_whole_list_is_JSON_where_a_list_is_wanted()
    {
        var inputs = Render(("text", new(ExpressionSyntax.Jinja, "{{ params.tables }}")), ("list", new(ExpressionSyntax.Jinja, "{{ params.tables }}")));
        Assert.That(inputs.Required("text"), Is.EqualTo("['a', 'b']"));
        Assert.That(inputs.StringList("list"), Is.EqualTo(new[] { "a", "b" }));
    }

    [TestCase("[\"a\", 2]", "{{ task.list[1] + 1 }}", "3")]
    [TestCase("no JSON", "{{ task.list }}", "no JSON")]
    [TestCase("[1]", "{{ task.text }}", "[1]")]
    public void A_template_sees_what_an_input_of_JSON_holds_and_the_text_of_any_other(string list, string template, string expected)
    {
        var inputs = Render(("list", new(ExpressionSyntax.Literal, list)), ("text", new(ExpressionSyntax.Literal, "[1]")));
        Assert.That(JinjaTemplate.Parse(template).Render(Context() with { Inputs = inputs }), Is.EqualTo(expected));
    }

    [TestCase(false, """{"rows": ["3"]}""")]
    [TestCase(true, """{"rows": [3]}""")]
    public void What_the_file_maps_over_is_rendered_as_its_DAG_wants_it(bool isNative, string expected)
    {
        var context = Context();
        var mapped = new MappedValue(System.Text.Json.Nodes.JsonNode.Parse("""{"rows": ["{{ params.n }}"]}"""), IsLiteral: true);
        Assert.That(Render(context with { Dag = context.Dag with { RenderTemplateAsNativeObj = isNative }, Mapped = new Dictionary<string, MappedValue> { ["text"] = mapped } }).Required("text"), Is.EqualTo(expected));
    }

    [Test]
    public void What_is_mapped_comes_over_a_default_of_the_DAG_and_not_over_an_input_of_the_task()
    {
        var context = Context(true, null, ("text", new(ExpressionSyntax.Jinja, "{{ oops.deep }}"))) with { Mapped = new Dictionary<string, MappedValue> { ["text"] = new(3, IsLiteral: false) } };
        Assert.That(() => Render(context with { Mapped = new Dictionary<string, MappedValue>() }), Throws.TypeOf<TaskFailure>(), "nobody uses the default that cannot be rendered");
        Assert.That(Render(context with { Task = context.Task with { DefaultedInputs = ["text"] } }).Required("text"), Is.EqualTo("3"));
        Assert.That(() => Render(context with { Task = context.Task with { Inputs = new Dictionary<string, InputExpression> { ["text"] = new(ExpressionSyntax.Literal, "own") } } }),
            Throws.TypeOf<TaskFailure>().With.Message.Contains("'text' as one value for all its task instances already"));
    }

    [TestCase("ds + '/' + params.country", "2026-03-01/DE")]
    [TestCase("({ n: params.n, t: params.tables })", "{\"n\":3,\"t\":[\"a\",\"b\"]}")]
    [TestCase("let x = 2; x * 21", "42")]
    [TestCase("null", null)]
    public void JavaScript_sees_the_names_of_templates(string code, string? expected) => Assert.That(JavaScript(code), Is.EqualTo(expected));

    [TestCase("for (;;) {}", "statements")]
    [TestCase("const f = () => f(); f()", "ecursion")]
    [TestCase("let s = 'x'; while (true) s += s;", "")]
    [TestCase("let a = []; while (true) a.push(new Array(100000).fill(1));", "")]
    [TestCase("System.IO.File.ReadAllText('/etc/passwd')", "System is not defined")]
    [TestCase("eval('1')", "")]
    [TestCase("throw new Error('own')", "own")]
    public void JavaScript_is_bounded_and_has_no_NET(string code, string expected) =>
        Assert.That(Assert.Throws<TaskFailure>(() => JavaScript(code))!.Message, Does.StartWith("Input 'text' of task 'load' cannot be rendered: ").And.Contain(expected));
}
