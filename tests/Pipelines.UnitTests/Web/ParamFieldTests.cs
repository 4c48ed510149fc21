using System.Text.Json.Nodes;
using Bunit;
using Pipelines.Model.Dags;
using Pipelines.Model.Params;
using Pipelines.Model.Timetables;
using Pipelines.Web.Components.Dags;

namespace Pipelines.UnitTests.Web;

/// <summary>The trigger form follows the schema of a param as Airflow's does (airflow-semantics.md §20).</summary>
public sealed class ParamFieldTests
{
    private static Param Param(string schema, string? standard = null, string name = "p") =>
        new(name) { HasDefault = standard is not null, Default = standard is null ? null : JsonNode.Parse(standard), Schema = JsonNode.Parse(schema)!.AsObject() };

    private static TriggerForm Form(params Param[] items) =>
        new(new Dag { DagId = "d", Timetable = TimetableFactory.Create(null, null, null, null), Tasks = [], Params = new DagParams(items) }, null);

    private static string? Typed(string schema, string text, string? standard = null)
    {
        var field = new ParamField(Param(schema, standard)) { Text = text };
        return field.Read(out var value) ?? value?.ToJsonString(ParamText.Plain) ?? "null";
    }

    [TestCase("""{"type":"string"}""", ParamEditor.Text)]
    [TestCase("""{"type":["null","integer"]}""", ParamEditor.Number)]
    [TestCase("""{"type":"number"}""", ParamEditor.Number)]
    [TestCase("""{"type":"boolean"}""", ParamEditor.Switch)]
    [TestCase("""{"type":"string","format":"date"}""", ParamEditor.Date)]
    [TestCase("""{"type":["string","null"],"format":"date-time"}""", ParamEditor.DateTime)]
    [TestCase("""{"type":"string","format":"time"}""", ParamEditor.Time)]
    [TestCase("""{"type":"string","format":"multiline"}""", ParamEditor.Multiline)]
    [TestCase("""{"type":"integer","enum":[1,2]}""", ParamEditor.Choice)]
    [TestCase("""{"type":"array"}""", ParamEditor.Lines)]
    [TestCase("""{"type":"array","items":{"type":"string"}}""", ParamEditor.Lines)]
    [TestCase("""{"type":"array","items":{"type":"number"}}""", ParamEditor.Json)]
    [TestCase("""{"type":"array","examples":["a","b"]}""", ParamEditor.Choices)]
    [TestCase("""{"type":"object"}""", ParamEditor.Json)]
    [TestCase("""{"const":"x"}""", ParamEditor.Hidden)]
    public void Its_type_chooses_the_editor(string schema, ParamEditor expected) => Assert.That(new ParamField(Param(schema)).Editor, Is.EqualTo(expected));

    [TestCase("""{"type":"integer"}""", "7", "7")]
    [TestCase("""{"type":"integer"}""", "seven", "'seven' of param 'p' is no number.")]
    [TestCase("""{"type":["null","integer"]}""", "", "null")]
    [TestCase("""{"type":["null","string"]}""", "", "null")]
    [TestCase("""{"type":"string"}""", "12", "\"12\"")]
    [TestCase("""{"type":"string","format":"date"}""", "2026-01-31", "\"2026-01-31\"")]
    [TestCase("""{"type":"string","format":"date-time"}""", "2026-01-31T06:00", "\"2026-01-31T06:00:00Z\"")]
    [TestCase("""{"type":"string","format":"time"}""", "06:30", "\"06:30:00\"")]
    [TestCase("""{"type":"integer","enum":[5,7]}""", "1", "7")]
    [TestCase("""{"type":"array"}""", " a \n\nb", """["a","b"]""")]
    [TestCase("""{"type":"array","examples":["a","b","c"]}""", "0\n2", """["a","c"]""")]
    [TestCase("""{"type":"object"}""", """{"k":"é"}""", """{"k":"é"}""")]
    [TestCase("""{"type":"object"}""", "{", "Param 'p' is no JSON.")]
    public void What_is_typed_becomes_a_value_of_the_type(string schema, string text, string expected) => Assert.That(Typed(schema, text), Is.EqualTo(expected));

    [TestCase("""{"type":"string","format":"date-time"}""", "\"2026-01-31T07:00:00+01:00\"", "2026-01-31T06:00:00")]
    [TestCase("""{"enum":["a","b"]}""", "\"b\"", "1")]
    [TestCase("""{"type":"array","examples":["a","b","c"]}""", """["c"]""", "2")]
    [TestCase("""{"type":"array"}""", """["x","y"]""", "x\ny")]
    [TestCase("""{"type":["null","string"]}""", "null", "")]
    public void The_default_stands_in_the_field_and_is_not_sent(string schema, string standard, string text)
    {
        var field = new ParamField(Param(schema, standard));
        Assert.That((field.Text, field.IsChanged), Is.EqualTo((text, false)));
    }

    [Test]
    public void A_switch_without_default_is_sent_as_it_stands() =>
        Assert.That(Form(Param("""{"type":"boolean"}""")).Read().Request!.Conf.ToJsonString(), Is.EqualTo("""{"p":false}"""));

    [Test]
    public void The_form_tells_what_does_not_fulfil_a_schema_before_anything_is_made()
    {
        var form = Form(Param("""{"type":"string"}"""), Param("""{"type":"integer","minimum":3}""", "5", "days"));
        form.Fields[1].Text = "1";

        Assert.That(form.Read().Problems, Is.EqualTo(new[] { "Param 'p' has no default, so the run needs a value for it.", "Param 'days' is 1 but must be 3 or more." }));
        (form.Fields[0].Text, form.Fields[1].Text) = ("x", "4");
        Assert.That(form.Read().Request!.Conf.ToJsonString(), Is.EqualTo("""{"p":"x","days":4}"""));
    }

    [Test]
    public void Fields_stand_in_the_order_of_the_dag_by_section_and_constants_not_at_all()
    {
        var form = Form(Param("""{"section":"B"}""", "1", "b1"), Param("{}", "1", "a1"), Param("""{"section":"A"}""", "1", "c1"), Param("""{"const":1}""", "1", "k"), Param("""{"section":"B"}""", "1", "b2"));
        Assert.That(form.Sections.Select(section => $"{section.Key}: {string.Join(' ', section.Select(field => field.Name))}"), Is.EqualTo(new[] { ": a1", "B: b1 b2", "A: c1" }));
    }

    [Test]
    public async Task A_choice_shows_its_title_words_and_what_is_chosen()
    {
        await using var context = new BunitContext();
        var field = new ParamField(Param("""{"type":"string","enum":["de","fr"],"title":"Country","values_display":{"de":"Germany"}}""", "\"fr\"") with { Description = "Of the shop" });

        var part = context.Render<ParamInput>(parameters => parameters.Add(input => input.Field, field));

        Assert.That(part.Find("label span").TextContent, Is.EqualTo("Country *"));
        Assert.That(part.Find(".hint").TextContent, Is.EqualTo("Of the shop"));
        Assert.That(part.FindAll("option").Select(option => option.TextContent), Is.EqualTo(new[] { "Germany", "fr" }));
        part.Find("select").Change("0");
        Assert.That(field.Read(out var value), Is.Null);
        Assert.That(value!.ToString(), Is.EqualTo("de"));
    }

    [TestCase("""{"type":"string","format":"date"}""", "input[type=date]")]
    [TestCase("""{"type":"string","format":"date-time"}""", "input[type=datetime-local][step='1']")]
    [TestCase("""{"type":"string","format":"time"}""", "input[type=time]")]
    [TestCase("""{"type":"string","format":"multiline"}""", "textarea")]
    [TestCase("""{"type":"string","examples":["a"],"maxLength":9}""", "input[type=text][maxlength='9'][list] ~ datalist option[value=a]")]
    [TestCase("""{"type":"boolean"}""", "input[type=checkbox]")]
    [TestCase("""{"type":"array","examples":["a"]}""", "select[multiple]")]
    public async Task Every_editor_is_the_browsers_own(string schema, string selector)
    {
        await using var context = new BunitContext();
        var part = context.Render<ParamInput>(parameters => parameters.Add(input => input.Field, new ParamField(Param(schema))));
        Assert.That(part.FindAll(selector), Has.Count.EqualTo(1));
    }
}
