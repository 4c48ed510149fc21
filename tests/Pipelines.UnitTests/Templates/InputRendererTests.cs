using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Templates;
using static Pipelines.UnitTests.Templates.TemplateCase;

namespace Pipelines.UnitTests.Templates;

public class InputRendererTests
{
    private static RenderedInputs Render(params (string Name, InputExpression Value)[] inputs) => InputRenderer.Render(
        new ActivityDescriptor("Copy", "Copy", "Test", "",
            [new("text", InputType.String, "", ""), new("list", InputType.StringList, "", ""), new("format", InputType.String, "", "") { Default = "csv" }, .. TaskInputs.All], [], ["Done"]),
        Context(true, null, inputs));

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
