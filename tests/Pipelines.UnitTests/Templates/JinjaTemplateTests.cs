using static Pipelines.UnitTests.Templates.TemplateCase;

namespace Pipelines.UnitTests.Templates;

/// <summary>Templates give what Jinja2 in Airflow gives.</summary>
public class JinjaTemplateTests
{
    [TestCase("", "")]
    [TestCase("plain { text } with % and #", "plain { text } with % and #")]
    [TestCase("one trailing newline goes\n\n", "one trailing newline goes\n")]
    [TestCase("a {# comment {{ x }} #}b", "a b")]
    [TestCase("a  {{- 1 -}}  b", "a1b")]
    [TestCase("{% raw %}{{ ds }}{% endraw %}", "{{ ds }}")]
    [TestCase("{{ '}}' ~ \"it's\" }}", "}}it's")]
    [TestCase("{{ {'a': {'b': 1}} }}", "{'a': {'b': 1}}")]
    public void Text_tags_and_whitespace(string template, string expected) => Assert.That(Render(template), Is.EqualTo(expected));

    [TestCase("{{ none }} {{ true }} {{ False }}", "None True False")]
    [TestCase("{{ 1.0 }} {{ 0.1 + 0.2 }} {{ 1e16 }} {{ 123456789012345.6 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1e22 * 3 }}", "1.0 0.30000000000000004 1e+16 123456789012345.6 0.0001 1e-05 3e+22")]
    [TestCase("{{ [1, 'a', none, 2.5, (1,), ()] }}", "[1, 'a', None, 2.5, (1,), ()]")]
    [TestCase("{{ [\"it's\", 'say \"hi\"', 'both \\' \"', 'a\\nb\\\\'] }}", "[\"it's\", 'say \"hi\"', 'both \\' \"', 'a\\nb\\\\']")]
    [TestCase("{{ {'a': 1, 'b': [true]} }}", "{'a': 1, 'b': [True]}")]
    public void Values_print_as_in_Python(string template, string expected) => Assert.That(Render(template), Is.EqualTo(expected));

    [TestCase("{{ 2 + 3 * 4 - 1 }}", "13")]
    [TestCase("{{ 7 / 2 }} {{ 6 / 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 2 ** 10 }} {{ 2 ** -1 }}", "3.5 3.0 3 -4 2 -2 1024 0.5")]
    [TestCase("{{ 'a' ~ 1 ~ none }} {{ 'ab' * 3 }} {{ [1] + [2] }}", "a1None ababab [1, 2]")]
    [TestCase("{{ 1 < 2 <= 2 }} {{ 3 > 2 > 5 }} {{ 1 == 1.0 }} {{ 'a' != 'b' }} {{ 'b' > 'a' }}", "True False True True True")]
    [TestCase("{{ 'b' in 'abc' }} {{ 4 not in [1, 2] }} {{ 'k' in {'k': 1} }} {{ not 1 in [1] }}", "True True True False")]
    [TestCase("{{ 0 or 'x' }} {{ '' and 1 }}| {{ 1 and 2 }} {{ not none }}", "x | 2 True")]
    [TestCase("{{ 'y' if 1 > 2 else 'n' }} {{ -3 | abs }} {{ 'A' 'B' }}", "n 3 AB")]
    [TestCase("{{ '%s has %05.1f and %3d%%' % ('x', 2.25, 7) }} {{ '{} {n:>4} {:03d}'.format('a', 5, n='z') }}", "x has 002.2 and   7% a    z 005")]
    [TestCase("{{ 'abc'[0] }} {{ 'abcdef'[1:4] }} {{ 'abc'[-1] }} {{ [1,2,3,4][::-2] }} {{ 'abc'[::-1] }}", "a bcd c [4, 2] cba")]
    public void Operators_work_as_in_Python(string template, string expected) => Assert.That(Render(template), Is.EqualTo(expected));

    [TestCase("{{ ds }} {{ ds_nodash }} {{ ts }} {{ ts_nodash }} {{ ts_nodash_with_tz }}", "2026-03-01 20260301 2026-03-01T05:00:00+00:00 20260301T050000 20260301T050000+0000")]
    [TestCase("{{ logical_date }}|{{ data_interval_end | ds }}|{{ (data_interval_end - data_interval_start).days }}", "2026-03-01 05:00:00+00:00|2026-03-02|1")]
    [TestCase("{{ logical_date.strftime('%Y/%m/%d %H:%M %j %a %b %-d') }}", "2026/03/01 05:00 060 Sun Mar 1")]
    [TestCase("{{ (logical_date - macros.timedelta(days=1)) | ds }} {{ (logical_date + macros.timedelta(hours=2)).isoformat() }}", "2026-02-28 2026-03-01T07:00:00+00:00")]
    [TestCase("{{ macros.ds_add(ds, -1) }} {{ macros.ds_add('2024-02-28', 1) }} {{ macros.ds_format(ds, '%Y-%m-%d', '%d.%m.%y') }} {{ macros.ds_format('20260102', '%Y%m%d', '%Y-%m-%d') }}", "2026-02-28 2024-02-29 01.03.26 2026-01-02")]
    [TestCase("{{ macros.datetime(2026, 1, 31).add(months=1) }} {{ macros.datetime.strptime('5/1/2026', '%d/%m/%Y').date() }}", "2026-02-28 00:00:00 2026-01-05")]
    [TestCase("{{ logical_date.in_timezone('America/New_York') }} {{ logical_date.weekday() }} {{ logical_date.start_of('month') | ts }}", "2026-03-01 00:00:00-05:00 6 2026-03-01T00:00:00+00:00")]
    [TestCase("{{ macros.timedelta(days=-1, hours=1) }} {{ macros.timedelta(days=2, seconds=5).total_seconds() }}", "-1 day, 1:00:00 172805.0")]
    public void Dates_work_as_in_Airflow(string template, string expected) => Assert.That(Render(template), Is.EqualTo(expected));

    [TestCase("{{ dag.dag_id }} {{ task.task_id }} {{ ti.try_number }} {{ run_id }} {{ dag_run.run_type }} {{ task_instance_key_str }}", "sales load 2 scheduled__2026-03-01 scheduled sales__load__20260301")]
    [TestCase("{{ params.country }} {{ params['n'] + 1 }} {{ params.nested.k }} {{ params.tables[1] }} {{ params.get('none', 'd') }}", "DE 4 {'x': None} b d")]
    [TestCase("{{ var.value.bucket }} {{ var.json.cfg.a.b[1] }} {{ var.value.get('nope', 'x') }} {{ var.value.get('bucket') }}", "lake 2 x lake")]
    [TestCase("{{ conn.dw.host }}:{{ conn.dw.port }} {{ conn.dw.extra_dejson.region }} {{ conn.get('dw').password }}", "h:5439 eu pw")]
    [TestCase("{{ ti.xcom_pull(task_ids='extract')['rows'] }} {{ ti.xcom_pull('extract', key='n') }} {{ ti.xcom_pull(task_ids=['extract', 'x'], key='n') }}", "7 5 [5, None]")]
    [TestCase("{{ ti.xcom_pull('mapped') }} {{ ti.xcom_pull('one') }} {{ ti.xcom_pull(['mapped', 'one', 'none']) }}", "['a', 'c'] only ['a', 'c', 'only', None]")]
    [TestCase("{{ ti.xcom_pull('mapped', map_indexes=2) }} {{ ti.xcom_pull('mapped', map_indexes=[0, 1, 2], default='-') }} {{ ti.xcom_pull(['mapped', 'one'], map_indexes=0) }}", "c ['a', '-', 'c'] ['a', 'only']")]
    [TestCase("{{ ti.xcom_pull('mapped', map_indexes=1) }} {{ ti.xcom_pull('one', map_indexes=[0]) }} {{ ti.xcom_pull('mapped', map_indexes=none) }} {{ ti.xcom_pull(key='mine') }}", "None ['only'] a own")]
    [TestCase("{{ ti.xcom_pull('t', 'd') }} {{ ti.xcom_pull(['t'], 'd', 'k', True, map_indexes=[1], run_id='r') }} {{ ti.xcom_pull(dag_id='d', default='-') }} {{ ti.xcom_pull('one', none, run_id=none) }}", "d//t/return_value//False ['d/r/t/k/1/True'] d//load/return_value//False only")]
    public void The_context_is_that_of_Airflow(string template, string expected) => Assert.That(Render(template), Is.EqualTo(expected));

    [Test]
    public void Conf_overrides_and_adds_to_params() =>
        Assert.That(Render("{{ params.country }} {{ params.extra }} {{ params.n }} {{ dag_run.conf.extra }}", conf: """{"country":"FR","extra":1}"""), Is.EqualTo("FR 1 3 1"));

    [TestCase("{{ 'x' | upper }} {{ 'AbC' | lower }} {{ 'a bc' | title }} {{ ' x ' | trim }} {{ 'aXa' | replace('a', 'b') }}", "X abc A Bc x bXb")]
    [TestCase("{{ missing | default('d') }} {{ params.nope | d }}| {{ '' | default('e', true) }} {{ none | default('n') }}", "d | e None")]
    [TestCase("{{ [3, 1, 2] | sort | join(', ') }} {{ [1, 2] | length }} {{ [1, 2] | first }} {{ 'abc' | last }} {{ ['b', 'A'] | sort }}", "1, 2, 3 2 1 c ['A', 'b']")]
    [TestCase("{{ '5' | int + 1 }} {{ 'x' | int }} {{ 'x' | int(-1) }} {{ '1.5' | float }} {{ 3.7 | int }} {{ 2.5 | round }} {{ 1.256 | round(2) }}", "6 0 -1 1.5 3 2.0 1.26")]
    [TestCase("{{ {'a': [1, 1.5, none, 'é\"', '\\'']} | tojson }}", "{\"a\": [1, 1.5, null, \"é\\\"\", \"\\u0027\"]}")]
    [TestCase("{{ params.tables | map('upper') | list }} {{ [{'n': 'x'}] | map(attribute='n') | join }} {{ [1, 2] | sum }} {{ [1, 1, 2] | unique | list }}", "['A', 'B'] x 3 [1, 2]")]
    [TestCase("{{ 'a-b-c'.split('-') }} {{ 'a,b'.replace(',', ';') }} {{ 'x'.zfill(3) }} {{ ' x '.strip() }} {{ '-'.join(['a', 'b']) }} {{ 'abc'.startswith('ab') }}", "['a', 'b', 'c'] a;b 00x x a-b True")]
    public void Filters_and_methods(string template, string expected) => Assert.That(Render(template), Is.EqualTo(expected));

    [TestCase("{{ ds is defined }} {{ nope is defined }} {{ nope is undefined }} {{ none is none }} {{ 3 is odd }} {{ 4 is divisibleby 2 }} {{ 1 is not string }} {{ params is mapping }}", "True False True True True True True True")]
    [TestCase("{% if params.n > 5 %}a{% elif params.n == 3 %}b{% else %}c{% endif %}", "b")]
    [TestCase("{% for t in params.tables %}{{ loop.index }}{{ t }}{% if not loop.last %}, {% endif %}{% endfor %}", "1a, 2b")]
    [TestCase("{% for k, v in {'a': 1}.items() %}{{ k }}={{ v }}{% endfor %}{% for x in [] %}{% else %} none{% endfor %}", "a=1 none")]
    [TestCase("{% for x in range(5) if x is even %}{{ x }}{% endfor %}", "024")]
    [TestCase("{% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}{% set a, b = (3, 4) %}{{ a + b }}", "217")]
    public void Tests_and_statements(string template, string expected) => Assert.That(Render(template), Is.EqualTo(expected));
}
