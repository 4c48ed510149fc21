using System.Text.Json.Nodes;
using Pipelines.Model.Dags;
using Pipelines.Model.Params;
using Pipelines.Model.Timetables;
using Pipelines.Web.Components.Dags;

namespace Pipelines.UnitTests.Web;

public sealed class TriggerFormTests
{
    private static Dag Dag => new()
    {
        DagId = "d",
        Timetable = TimetableFactory.Create(null, TimetableFactory.CronTrigger, null, null),
        Tasks = [],
        Params = DagParams.Of(new JsonObject { ["country"] = "DE", ["days"] = 3, ["full"] = false, ["tables"] = new JsonArray("a") }),
    };

    [Test]
    public void An_untouched_form_leaves_the_defaults_to_the_dag()
    {
        var (request, problems) = new TriggerForm(Dag, null).Read();

        Assert.That(problems, Is.Empty);
        Assert.That(request!.Conf, Is.Empty);
        Assert.That((request.LogicalDate, request.RunId), Is.EqualTo(((DateTimeOffset?)null, (string?)null)));
    }

    [Test]
    public void A_changed_field_keeps_the_type_of_its_default()
    {
        var form = new TriggerForm(Dag, null);
        (form.Fields[0].Text, form.Fields[1].Text, form.Fields[2].IsOn, form.Fields[3].Text) = ("12", "7", true, """["b", "c"]""");

        Assert.That(form.Read().Request!.Conf.ToJsonString(), Is.EqualTo("""{"country":"12","days":7,"full":true,"tables":["b","c"]}"""));
    }

    [Test]
    public void All_that_is_wrong_is_said_at_once_with_its_name()
    {
        var form = new TriggerForm(Dag, null) { Json = "[1]", LogicalDate = "yesterday" };
        (form.Fields[1].Text, form.Fields[3].Text) = ("many", "[");

        var (request, problems) = form.Read();

        Assert.That(request, Is.Null);
        Assert.That(problems, Has.Count.EqualTo(4));
        Assert.That(string.Join(' ', problems), Does.Contain("'days'").And.Contain("'tables'").And.Contain("JSON object").And.Contain("yesterday"));
    }

    [Test]
    public void What_cannot_be_stored_is_said_where_it_stands()
    {
        var form = new TriggerForm(Dag, null) { Json = """{"a":"\ud800"}""" };
        form.Fields[3].Text = """["\u0000"]""";

        Assert.That(form.Read().Problems, Has.Count.EqualTo(2).And.One.StartsWith("The value of 'a' in the JSON holds NUL").And.One.StartsWith("A text of the JSON holds NUL"));
    }

    [Test]
    public void More_params_win_over_the_fields_and_the_date_is_utc()
    {
        var form = new TriggerForm(Dag, new DateTimeOffset(2026, 2, 1, 3, 4, 5, TimeSpan.Zero)) { Json = """{"days": 9}""" };

        var request = form.Read().Request!;

        Assert.That(request.Conf["days"]!.GetValue<int>(), Is.EqualTo(9));
        Assert.That(request.LogicalDate, Is.EqualTo(new DateTimeOffset(2026, 2, 1, 3, 4, 5, TimeSpan.Zero)));
    }
}
