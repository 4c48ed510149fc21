using Pipelines.UnitTests.Dags;

namespace Pipelines.UnitTests.Templates;

/// <summary>Names that no run has are warned of when the file is read, but only where the template fails in every run.</summary>
public sealed class CertainNameTests
{
    [TestCase("{{ dss }}", "asks for 'dss', which no run has: the task will fail. Did you mean 'ds'?")]
    [TestCase("x {{ (dss ~ 'a') | upper }}", "asks for 'dss'")]
    [TestCase("{{ tii.xcom_pull('a') }}", "asks for 'tii', which no run has: the task will fail. Did you mean 'ti'?")]
    [TestCase("{{ execution_date }}", "asks for 'execution_date', which no run has: the task will fail. It was removed in Airflow 3: use logical_date.")]
    [TestCase("{{ warehouse_schema }}", "asks for 'warehouse_schema', which no run has: the task will fail. Correct it, or give it a value in 'userDefinedMacros'.")]
    [TestCase("{{ group.table }}", "asks for 'group', which only tasks in a mapped task group have: the task will fail.")]
    public void What_no_run_has_is_told(string template, string message)
    {
        var result = new DagText().Task("a", ("where", DagText.Input(template, "Jinja"))).Read();
        Assert.That((result.Errors.Count, result.Warnings.Single().JsonPath), Is.EqualTo((0, "$.root.activities[1].where.expression.value")));
        Assert.That(result.Warnings[0].Message, Does.StartWith($"The template of input 'where' {message}"));
    }

    [TestCase("{{ dss | default('x') }}")]
    [TestCase("{{ dss | d('x') | upper }}")]
    [TestCase("{{ dss is defined }}")]
    [TestCase("{{ 'a' if dss is defined else 'b' }}")]
    [TestCase("{% set dss = 1 %}{{ dss }}")]
    [TestCase("{% for dss in [1] %}{{ dss }}{% endfor %}")]
    [TestCase("{% if false %}{{ dss }}{% endif %}")]
    [TestCase("{{ ds }} {{ ti.xcom_pull('a')['b'] }} {{ params.x }} {{ macros.ds_add(ds, 1) }} {{ var.value.x }} {{ conn.x.host }} {{ prev_start_date_success }} {{ data_interval_end.add(hours=6) }}")]
    [TestCase("{{ own.x }}")]
    public void What_may_work_is_not(string template) => Assert.That(
        new DagText().Set("userDefinedMacros", """{"own": {"x": 1}}""").Task("a", ("where", DagText.Input(template, "Jinja"))).Read().Warnings, Is.Empty);

    [TestCase("expand", """{"table": ["a"], "day": ["b"]}""", "{{ group.tabel }}", "asks for 'group.tabel', which task group 'load' is not mapped over: the task will fail. Did you mean 'table'?")]
    [TestCase("expandKwargs", """[{"table": "a"}, {"day": "b"}]""", "{{ group['zz'] }}", "asks for 'group.zz', which task group 'load' is not mapped over: the task will fail. Known: day, table.")]
    [TestCase("expandKwargs", """[{"table": "a"}, {"day": "b"}]""", "{{ group.day }}", null)]
    [TestCase("expandKwargs", "list.output", "{{ group.zz }}", null)]
    [TestCase("expand", """{"table": ["a"]}""", "{{ group.get('zz') }}", null)]
    [TestCase("expand", """{"table": ["a"]}""", "{{ group.zz | default('x') }}", null)]
    public void A_mapped_group_has_the_values_that_it_is_mapped_over(string how, string over, string template, string? message)
    {
        var result = new DagText().Task("list").Group("load", inside => inside.Task("x", ("where", DagText.Input(template, "Jinja"))), (how, DagText.Input(over))).Read();
        Assert.That(result.Errors, Is.Empty);
        Assert.That(result.Warnings.Select(warning => warning.Message), message is null ? Is.Empty : Has.One.EqualTo($"The template of input 'where' {message}"));
    }
}
