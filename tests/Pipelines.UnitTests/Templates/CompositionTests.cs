using Pipelines.Model.Templates;
using static Pipelines.UnitTests.Templates.TemplateCase;

namespace Pipelines.UnitTests.Templates;

/// <summary>Templates that are made of others give what Jinja2 gives (airflow-semantics.md §22).</summary>
public class CompositionTests
{
    private static readonly Dictionary<string, string> Files = new()
    {
        ["part.sql"] = "part {{ ds }} {{ x }}\n",
        ["macros.sql"] = "{% macro pair(a, b='B') %}{{ a }}-{{ b }}{% endmacro %}{% set limit = 10 %}{% set _own = 1 %}text",
        ["ctx.sql"] = "{% macro day() %}{{ ds }}{% endmacro %}",
        ["base.sql"] = "SELECT {% block cols %}*{% endblock %} FROM {% block t %}t{% endblock t %};",
        ["mid.sql"] = "{% extends 'base.sql' %}{% block t %}mid_{{ super() }}{% endblock %}",
        ["self.sql"] = "{% block a %}A{% endblock %}{{ self.a() }}",
        ["blk.sql"] = "[{% block q %}q{% endblock %}]",
        ["endless.sql"] = "{% include 'endless.sql' %}",
        ["broken/deep.sql"] = "one\n  {{ nope }}",
        ["required.sql"] = "{% block must required %}{% endblock %}",
    };

    private static string Rendered(string template) => JinjaTemplate.Parse(template).Render(Context(Files));

    private static string Fault(string template) => Assert.Throws<TemplateException>(() => Rendered(template))!.Message;

    [TestCase("{% set x = 1 %}a {% include 'part.sql' %} b", "a part 2026-03-01 1 b")]
    [TestCase("{% for x in [1,2] %}{% include 'part.sql' %};{% endfor %}", "part 2026-03-01 1;part 2026-03-01 2;")]
    [TestCase("{% include 'none.sql' ignore missing %}x{% include ['none.sql', 'blk.sql'] %}", "x[q]")]
    [TestCase("{% include './/blk.sql' without context %}", "[q]")]
    public void Include_writes_another_template_with_the_names_that_are_there(string template, string expected) => Assert.That(Rendered(template), Is.EqualTo(expected));

    [TestCase("{% import 'macros.sql' as m %}{{ m.pair('a') }} {{ m.pair('a', b='c') }} {{ m.limit }}", "a-B a-c 10")]
    [TestCase("{% from 'macros.sql' import pair as p, limit %}{{ p(1) }}{{ limit }}", "1-B10")]
    [TestCase("{% from 'ctx.sql' import day with context %}{{ day() }}", "2026-03-01")]
    public void Import_takes_macros_and_values(string template, string expected) => Assert.That(Rendered(template), Is.EqualTo(expected));

    [TestCase("{% extends 'mid.sql' %}ignored {% set c='id' %}{% block cols %}{{ c }}, {{ super() }}{% endblock %}", "SELECT id, * FROM mid_t;")]
    [TestCase("{% extends 'base.sql' if ds else 'mid.sql' %}", "SELECT * FROM t;")]
    [TestCase("{% include 'self.sql' %}", "AA")]
    [TestCase("{% include 'blk.sql' %}{% block q %}mine{% endblock %}", "[q]mine")]
    public void Extends_puts_blocks_into_a_frame(string template, string expected) => Assert.That(Rendered(template), Is.EqualTo(expected));

    [TestCase("{% macro m(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1,2,3,k=4) }}", "1(2, 3){'k': 4}")]
    [TestCase("{% macro box(t) %}<{{ t }}:{{ caller(5) }}>{% endmacro %}{% call(n) box('x') %}n{{ n }}{% endcall %}", "<x:n5>")]
    [TestCase("{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "3210")]
    [TestCase("{% set x = 0 %}{% macro g() %}{{ x }}{% endmacro %}{% set x = 5 %}{{ g() }}", "5")]
    public void Macros_are_functions_of_a_template(string template, string expected) => Assert.That(Rendered(template), Is.EqualTo(expected));

    [TestCase("{% set v %}a{{ 1 }}{% endset %}{{ v }}{% set w | upper | trim %} ab {% endset %}[{{ w }}]", "a1[AB]")]
    [TestCase("{% filter upper | replace('A','b') %}xa{% endfilter %}", "Xb")]
    [TestCase("{% set a = 1 %}{% with a = 2, b = a %}{{ a }}{{ b }}{% endwith %}{{ a }}", "211")]
    public void Parts_of_a_template_can_be_taken_as_a_text(string template, string expected) => Assert.That(Rendered(template), Is.EqualTo(expected));

    [TestCase("{% include 'part.sql' without context %}", "'ds' is not defined in a template that is imported, as in Jinja. End the tag with 'with context', or pass 'ds' to the macro. (part.sql, line 1, column 9)")]
    [TestCase("{% from 'ctx.sql' import day %}\n{{ day() }}", "'ds' is not defined in a template that is imported, as in Jinja. End the tag with 'with context', or pass 'ds' to the macro. (ctx.sql, line 1, column 21)")]
    [TestCase("{% include 'broken/deep.sql' %}", "'nope' is not defined. (broken/deep.sql, line 2, column 6)")]
    [TestCase("x {% include 'none.sql' %}", "There is no template 'none.sql' in this version of the DAG. (line 1, column 14)")]
    [TestCase("{% include 'endless.sql' %}", "Templates and macros use one another more than 50 deep. Does one use itself? (endless.sql, line 1, column 12)")]
    [TestCase("{% from 'macros.sql' import pear %}{{ pear('a') }}", "The template 'macros.sql' has no 'pear'. Known: limit, pair. (line 1, column 39)")]
    [TestCase("{% from 'macros.sql' import _own %}{{ _own }}", "The template 'macros.sql' has no '_own'. Known: limit, pair. (line 1, column 39)")]
    [TestCase("{% from 'macros.sql' import pair %}{{ pair() }}", "The macro 'pair' was called without 'a'. (macros.sql, line 1, column 30)")]
    [TestCase("{% from 'macros.sql' import pair %}{{ pair(1, 2, 3) }}", "The macro 'pair' takes at most 2 arguments, not 3. (line 1, column 43)")]
    [TestCase("{% include 'required.sql' %}", "The block 'must' is required, so a template that extends this one must have it. (required.sql, line 1, column 4)")]
    [TestCase("{% if ds %}{% extends 'base.sql' %}{% endif %}", "'extends' cannot stand inside of another tag. Put it at the top of the template. (line 1, column 15)")]
    [TestCase("{% block a %}{% endblock %}{% block a %}{% endblock %}", "The block 'a' is there twice. Every block of a template needs its own name. (line 1, column 37)")]
    [TestCase("{% macro a(b %}", "Expected ',' but found '%}'. (line 1, column 14)")]
    public void What_is_wrong_is_told_with_its_file(string template, string expected) => Assert.That(Fault(template), Is.EqualTo(expected));

    [Test]
    public void Templates_that_use_much_do_too_much_work() =>
        Assert.That(Fault("{% macro m(n) %}{% for i in range(100) %}{{ m(n - 1) if n > 0 }}{% endfor %}{% endmacro %}{{ m(8) }}"), Does.Contain("too much work").Or.Contain("no 'else'"));
}
