using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Templates;
using Pipelines.UnitTests.Dags;
using static Pipelines.UnitTests.Templates.TemplateCase;

namespace Pipelines.UnitTests.Templates;

/// <summary>Native objects and templates inside of JSON (airflow-semantics.md §22).</summary>
public class NativeTests
{
    private static string? Input(string template, InputType type, bool native)
    {
        var context = Context(true, """{"quoted":"it's \"so\""}""", ("x", new(ExpressionSyntax.Jinja, template)));
        return InputRenderer.Render(new ActivityDescriptor("Copy", "Copy", "Test", "", [new("x", type, "", "")], [], ["Done"]),
            context with { Dag = context.Dag with { RenderTemplateAsNativeObj = native } }).Values["x"];
    }

    [TestCase("{{ params.tables }}", """["a", "b"]""")]
    [TestCase("{{ params.n }}", "3")]
    [TestCase("{{ params.flag }}", "true")]
    [TestCase("{{ none }}", null)]
    [TestCase("{{ logical_date }}", "2026-03-01T05:00:00+00:00")]
    [TestCase("{{ dag }}", "<DAG: sales>")]
    [TestCase("{{ '[1, (2, None)]' }}", "[1, [2, null]]")]
    [TestCase("{'n': {{ params.n }}, 'x': [True, -1.5, 'é']}", """{"n": 3, "x": [true, -1.5, "é"]}""")]
    [TestCase("{{ ds }}", "2026-03-01")]
    [TestCase("{{ 1 }} + {{ 2 }}", "1 + 2")]
    [TestCase("{{ '007' }}", "007")]
    [TestCase(" {{ 1 }}", " 1")]
    [TestCase("true", "true")]
    [TestCase("{{ '[' }}", "[")]
    [TestCase("plain text", "plain text")]
    public void A_native_template_keeps_the_type_of_its_value(string template, string? expected) => Assert.That(Input(template, InputType.String, native: true), Is.EqualTo(expected));

    [TestCase("""{"sql": "{{ dag_run.conf.quoted }}", "n": 1, "deep": [{"t": "{{ params.tables }}"}]}""", false, """{"sql": "it's \"so\"", "n": 1, "deep": [{"t": "['a', 'b']"}]}""")]
    [TestCase("""{"sql": "{{ dag_run.conf.quoted }}", "n": "{{ params.n }}", "deep": [{"t": "{{ params.tables }}"}]}""", true, """{"sql": "it's \"so\"", "n": 3, "deep": [{"t": ["a", "b"]}]}""")]
    [TestCase("""{"{{ ds }}": "{{ \"a\" }}"}""", false, """{"{{ ds }}": "a"}""")]
    [TestCase("""{"n": {{ params.n }}}""", false, """{"n": 3}""")]
    [TestCase("{{ params.nested }}", false, """{"k": {"x": null}}""")]
    [TestCase("""[{% for t in params.tables %}"{{ t }}"{% if not loop.last %}, {% endif %}{% endfor %}]""", false, """["a", "b"]""")]
    [TestCase("""["{% if params.flag %}a", "b{% endif %}"]""", false, """["a", "b"]""")]
    public void The_texts_in_JSON_are_templates_one_by_one_and_what_is_no_JSON_is_one_template(string template, bool native, string expected) =>
        Assert.That(Input(template, InputType.Json, native), Is.EqualTo(expected));

    [Test]
    public void A_fault_inside_of_JSON_says_where() => Assert.That(Assert.Throws<TaskFailure>(() => Input("""{"a": [1, "x {{ nope }}"]}""", InputType.Json, native: false))!.Message,
        Does.StartWith("Input 'x' of task 'load' cannot be rendered: At $.a[1]: 'nope' is not defined.").And.EndWith("(line 1, column 6)"));

    [Test]
    public void The_setting_of_the_dag_turns_it_on_and_makes_a_version()
    {
        var (on, off) = (new DagText().Task("a").Set("renderTemplateAsNativeObj", "true").Read(), new DagText().Task("a").Read());
        Assert.That((on.Dag!.RenderTemplateAsNativeObj, off.Dag!.RenderTemplateAsNativeObj, on.Hash == off.Hash), Is.EqualTo((true, false, false)));
    }

    [Test]
    public void Templates_inside_of_JSON_are_checked_before_any_run()
    {
        Assert.That(new DagText().Task("a", ("columns", DagText.Input("""["{{ \"x\" }}"]""", "Jinja"))).Errors(), Is.Empty);
        Assert.That(new DagText().Task("a", ("columns", DagText.Input("""["{{ x"]""", "Jinja"))).Errors().Single(), Does.Contain("does not parse: This text is not closed."));
    }
}
