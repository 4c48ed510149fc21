using Pipelines.Model.Runs;
using Pipelines.Model.Templates;
using Pipelines.Model.Timetables;
using static Pipelines.UnitTests.Templates.TemplateCase;

namespace Pipelines.UnitTests.Templates;

/// <summary>Airflow's macros and the names of a run (airflow-semantics.md §22).</summary>
public class MacroTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 2, 12, 30, 0, TimeSpan.Zero);

    private static string RenderAt(string template, DagRun? previous = null, bool withLogicalDate = true)
    {
        var context = Context(withLogicalDate);
        return JinjaTemplate.Parse(template).Render(context with { Now = Now, Chance = new Random(1), Lookups = context.Lookups with { PreviousSuccess = () => previous } });
    }

    [TestCase("{{ macros.datetime.now() }} {{ macros.datetime.utcnow().year }} {{ macros.time.time() }} {{ macros.time.strftime('%H') }}", "2026-03-02 12:30:00 2026 1772454600.0 12")]
    [TestCase("{{ macros.dateutil.parser.parse('2026-01-31T06:00:00+00:00').hour }}", "6")]
    [TestCase("{{ (macros.datetime(2026, 3, 31) - macros.dateutil.relativedelta.relativedelta(months=1)) | ds }}", "2026-02-28")]
    [TestCase("{{ (macros.datetime(2026, 3, 31) + macros.dateutil.relativedelta.relativedelta(day=1, months=1, hours=2)) | ts }}", "2026-04-01T02:00:00")]
    [TestCase("{{ (macros.datetime(2026, 3, 31) + macros.dateutil.relativedelta.relativedelta(month=2)) | ds }}", "2026-02-28")]
    [TestCase("{{ macros.ds_format_locale('2026-03-01', '%Y-%m-%d', 'EEEE dd. MMMM yyyy') }}", "Sunday 01. March 2026")]
    public void Modules_of_Python_have_what_DAGs_use(string template, string expected) => Assert.That(RenderAt(template), Is.EqualTo(expected));

    [Test]
    public void Chance_gives_a_number_and_a_uuid_of_version_4() =>
        Assert.That(RenderAt("{{ 0 <= macros.random() < 1 }} {{ macros.uuid.uuid4() }}"), Does.Match("^True [0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"));

    [TestCase(2, "2 hours ago")]
    [TestCase(-26, "in 1 day")]
    [TestCase(0, "a few seconds ago")]
    [TestCase(24 * 12, "2 weeks ago")]
    [TestCase(24 * 400, "1 year ago")]
    [TestCase(24 * 59, "2 months ago")]
    public void A_difference_has_words(int hours, string expected) =>
        Assert.That(RenderAt($"{{{{ macros.datetime_diff_for_humans(macros.datetime.now('UTC') - macros.timedelta(hours={hours})) }}}}"), Is.EqualTo(expected));

    [Test]
    public void A_difference_from_another_date_is_before_or_after_it() =>
        Assert.That(RenderAt("{{ macros.datetime_diff_for_humans(data_interval_start, data_interval_end) }}"), Is.EqualTo("1 day before"));

    [Test]
    public void The_previous_success_has_its_dates_or_they_are_none()
    {
        const string Template = "{{ prev_data_interval_start_success | default('-', true) }} {{ prev_data_interval_end_success | ds if prev_data_interval_end_success else '-' }} {{ prev_start_date_success }} {{ prev_end_date_success }}";
        var previous = Context().Run with { Interval = new DataInterval(Logical.AddDays(-1), Logical), StartDate = Logical, EndDate = Now };

        Assert.That(RenderAt(Template, previous), Is.EqualTo("2026-02-28 05:00:00+00:00 2026-03-01 2026-03-01 05:00:00+00:00 2026-03-02 12:30:00+00:00"));
        Assert.That(RenderAt(Template), Is.EqualTo("- - None None"));
    }

    [Test]
    public void Without_a_logical_date_only_the_interval_of_the_previous_success_is_missing()
    {
        Assert.That(RenderAt("{{ prev_start_date_success }}", withLogicalDate: false), Is.EqualTo("None"));
        Assert.That(() => RenderAt("{{ prev_data_interval_start_success }}", withLogicalDate: false), Throws.TypeOf<TemplateException>().With.Message.Contain("has no logical date"));
    }

    [Test]
    public void A_template_without_a_clock_says_so() =>
        Assert.That(() => Render("{{ macros.datetime.now() }}"), Throws.TypeOf<TemplateException>().With.Message.StartsWith("There is no clock here."));

    [TestCase("{{ ti.xcom_pull(key='n') }}", "None")]
    [TestCase("{{ ti.xcom_pull('nobody', default='d') }} {{ ti.xcom_pull(['extract', 'nobody'], key='n', map_indexes=-1, default=0) }}", "None [5, 0]")]
    [TestCase("{{ test_mode }} {{ inlets }} {{ map_index_template }}", "False [] None")]
    public void Names_and_pulls_are_those_of_Airflow(string template, string expected) => Assert.That(RenderAt(template), Is.EqualTo(expected));
}
