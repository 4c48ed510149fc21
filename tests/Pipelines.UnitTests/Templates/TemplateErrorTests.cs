using Pipelines.Model.Activities;
using Pipelines.Model.Dags;
using Pipelines.Model.Templates;
using static Pipelines.UnitTests.Templates.TemplateCase;

namespace Pipelines.UnitTests.Templates;

/// <summary>Bad, careless and hostile templates.</summary>
public class TemplateErrorTests
{
    private static string Fault(string template, bool withLogicalDate = true) =>
        Assert.Throws<TemplateException>(() => Render(template, withLogicalDate))!.Message;

    [TestCase("a\nb {{ 1 + }}", "Expected a value but found '}}'. (line 2, column 10)")]
    [TestCase("{{ ds", "This tag is not closed. End it with '}}'. (line 1, column 1)")]
    [TestCase("{{ 'x }}", "This text is not closed. End it with '. (line 1, column 4)")]
    [TestCase("{# x", "This comment is not closed. End it with '#}'. (line 1, column 1)")]
    [TestCase("{% if ds %}x", "This 'if' is not closed. End it with '{% endif %}'. (line 1, column 4)")]
    [TestCase("{% for x in ds %}{% endif %}", "'endif' stands where else or endfor must stand. (line 1, column 21)")]
    [TestCase("x{% endif %}", "'endif' ends nothing that was begun. (line 1, column 2)")]
    [TestCase("{% fro x in y %}", "The tag 'fro' is not known. Did you mean 'for'? (line 1, column 4)")]
    [TestCase("{{ ds | uper }}", "The filter 'uper' is not known. Did you mean 'upper'? (line 1, column 9)")]
    [TestCase("{{ 1 is odds }}", "The test 'odds' is not known. Did you mean 'odd'? (line 1, column 9)")]
    [TestCase("{{ a b }}", "Expected '}}' but found 'b'. (line 1, column 6)")]
    [TestCase("{{ a ? b }}", "The character '?' has no meaning here. (line 1, column 6)")]
    public void A_template_that_does_not_parse_says_where(string template, string expected) =>
        Assert.That(Assert.Throws<TemplateException>(() => JinjaTemplate.Parse(template))!.Message, Is.EqualTo(expected));

    [TestCase("{{ 1 }}{{ run_ids }}", "'run_ids' is not defined. Did you mean 'run_id'? (line 1, column 11)")]
    [TestCase("{{ params.contry }}", "The dict has no key 'contry'. Did you mean 'country'? (line 1, column 11)")]
    [TestCase("{{ yesterday_ds }}", "'yesterday_ds' was removed in Airflow 3. Use macros.ds_add(ds, -1). (line 1, column 4)")]
    [TestCase("{{ dag.dagid }}", "'dag' has no attribute 'dagid'. Did you mean 'dag_id'? (line 1, column 8)")]
    [TestCase("{{ var.value.nope }}", "The Variable 'nope' does not exist. Add it, or give a fallback: var.value.get('nope', '…'). (line 1, column 14)")]
    [TestCase("{{ var.json.bucket }}", "The Variable 'bucket' does not hold JSON. Read it with var.value.bucket, or correct it. (line 1, column 13)")]
    [TestCase("{{ conn.nope.host }}", "The Connection 'nope' does not exist. Add it, or correct its conn_id in the template. (line 1, column 9)")]
    [TestCase("{{ ti.xcom_pull(task_ids='other').rows }}", "None has no attribute 'rows'. (line 1, column 35)")]
    [TestCase("{{ ds + 1 }}", "'+' cannot join str and int. Use '~' to join anything as text. (line 1, column 7)")]
    [TestCase("{{ 1 / 0 }}", "Division by zero. (line 1, column 6)")]
    [TestCase("{{ ds() }}", "'ds' is not a function. Leave out the parentheses. (line 1, column 6)")]
    [TestCase("{{ macros.ds_add(ds, day=1) }}", "ds_add() has no argument 'day'. Did you mean 'days'? (line 1, column 17)")]
    [TestCase("{{ 9223372036854775807 + 1 }}", "The result of '+' does not fit in 64 bits. (line 1, column 24)")]
    [TestCase("{{ 1 if false }}", "The condition is false and there is no 'else' with another value. (line 1, column 4)")]
    public void A_template_that_does_not_render_says_why_and_where(string template, string expected) => Assert.That(Fault(template), Is.EqualTo(expected));

    [Test]
    public void Without_a_logical_date_the_date_names_say_so() => Assert.That(Fault("{{ ds }}", withLogicalDate: false),
        Is.EqualTo("'ds' is not defined because this run has no logical date (Airflow 3). Trigger it with a logical date, or use run_after. (line 1, column 4)"));

    [Test]
    public void Run_after_is_there_without_a_logical_date() => Assert.That(Render("{{ run_after | ds }}", withLogicalDate: false), Is.EqualTo("2026-03-02"));

    [TestCase("{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}")]
    [TestCase("{{ range(10 ** 12) }}")]
    [TestCase("{{ 'a' * 10 ** 10 }}")]
    [TestCase("{% set x = 'a' * 4000000 %}{% for i in range(1000) %}{{ x }}{% endfor %}")]
    [TestCase("{{ ('a' * 2000000).replace('a', 'b' * 2000000) }}")]
    [TestCase("{{ 'a'.ljust(10 ** 11) }}")]
    [TestCase("{{ '%999999d' % 1 }}")]
    [TestCase("{{ ''.__class__.__mro__ }}")]
    [TestCase("{{ macros.GetType() }}")]
    public void A_hostile_template_is_stopped(string template) => Assert.That(Fault(template), Is.Not.Empty);

    [Test]
    public void Deep_nesting_is_an_error_and_not_a_stack_overflow()
    {
        foreach (var template in new[]
        {
            "{{ " + new string('(', 20_000) + "1" + new string(')', 20_000) + " }}",
            "{{ " + new string('-', 20_000) + "1 }}",
            "{{ " + string.Concat(Enumerable.Repeat("not ", 20_000)) + "1 }}",
            "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 20_000)) + " }}",
            "{{ x" + string.Concat(Enumerable.Repeat(".x", 20_000)) + " }}",
            string.Concat(Enumerable.Repeat("{% if 1 %}", 20_000)),
            "{% set x = [] %}" + string.Concat(Enumerable.Repeat("{% set x = [x] %}", 20_000)) + "{{ x }}",
        })
        {
            Assert.Throws<TemplateException>(() => Render(template));
        }
    }

    [Test]
    public void An_input_fault_names_task_input_and_place()
    {
        var descriptor = new ActivityDescriptor("Copy", "Copy", "Test", "", [], [], ["Done"]);
        var failure = Assert.Throws<TaskFailure>(() => InputRenderer.Render(descriptor, Context(true, null, ("where", new(ExpressionSyntax.Jinja, "{{ dss }}")))))!;
        Assert.That((failure.Message, failure.Retryable), Is.EqualTo(
            ("Input 'where' of task 'load' cannot be rendered: 'dss' is not defined. Did you mean 'ds'? (line 1, column 4)", false)));
    }
}
