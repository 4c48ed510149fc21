using System.Security.Claims;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Engine.Operations;
using Pipelines.Model.Hitl;
using Pipelines.Model.Params;
using Pipelines.Storage.Runs;
using Pipelines.Web.Components.Hitl;
using Claim = System.Security.Claims.Claim;

namespace Pipelines.UnitTests.Web;

/// <summary>The form of a task that asks people: what is typed is what is answered, and who may not answer gets no button.</summary>
public sealed class HitlFormTests
{
    private const string Params = """{"rows": {"value": 3, "schema": {"type": "integer"}}, "fixed": {"value": 7, "schema": {"const": 7}}, "why": {"schema": {"type": "string"}}}""";

    [Test]
    public void What_was_left_alone_is_answered_with_its_default_and_what_was_typed_with_its_type()
    {
        var form = new HitlForm(Asked());
        Assert.That(form.Read("a").Answer!.ParamsInput!.ToJsonString(), Is.EqualTo("""{"rows":3,"fixed":7,"why":""}"""));
        form.Fields[0].Text = "12";
        form.Fields[2].Text = "late";
        var answer = form.Read("a").Answer!;
        Assert.That((answer.ChosenOptions, answer.ParamsInput!.ToJsonString()), Is.EqualTo((new[] { "a" }, """{"rows":12,"fixed":7,"why":"late"}""")));
    }

    [Test]
    public void What_is_no_value_is_said_and_answers_nothing()
    {
        var form = new HitlForm(Asked());
        form.Fields[0].Text = "many";
        Assert.That(form.Read("a"), Is.EqualTo(((HitlAnswer?)null, new[] { "'many' of param 'rows' is no number. Its default is 3." })));
    }

    [Test]
    public void Of_several_options_those_of_the_defaults_are_chosen_at_first_and_keep_their_order()
    {
        var form = new HitlForm(Asked(multiple: true));
        Assert.That(form.Read(null).Answer!.ChosenOptions, Is.EqualTo(new[] { "b" }));
        form.Chosen.Add("a");
        Assert.That(form.Read(null).Answer!.ChosenOptions, Is.EqualTo(new[] { "a", "b" }));
    }

    [TestCase("user", "ann", true, 2)]
    [TestCase("viewer", "ann", true, 0)]
    [TestCase("user", "bob", true, 0)]
    [TestCase("user", "ann", false, 0)]
    public async Task Only_who_may_answer_what_still_waits_gets_buttons(string role, string name, bool isAsking, int buttons)
    {
        await using var context = new BunitContext();
        context.Services.AddSingleton(TimeProvider.System);
        var person = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name), new Claim(ClaimTypes.Role, role)], "test"));
        HitlAnswer? answered = null;
        var card = context.Render<HitlCard>(parameters => parameters.Add(shown => shown.Asked, Asked()).Add(shown => shown.IsAsking, isAsking).Add(shown => shown.Person, person)
            .Add(shown => shown.Answered, EventCallback.Factory.Create<HitlAnswer>(this, answer => answered = answer)));
        Assert.That(card.FindAll("button"), Has.Count.EqualTo(buttons));
        Assert.That(card.Find("h2").TextContent, Is.EqualTo("<b>Go on?</b>"), "It is text.");
        if (buttons == 0) return;
        card.Find("[data-param=why] input").Change("late");
        card.Render(parameters => parameters.Add(shown => shown.Asked, Asked()));
        card.Find("[data-option=b]").Click();
        Assert.That((answered!.ChosenOptions, (string?)answered.ParamsInput!["why"]), Is.EqualTo((new[] { "b" }, "late")), "What was typed is there after the page has shown itself again.");
    }

    private static HitlDetail Asked(bool multiple = false) => new()
    {
        AttemptId = 1,
        TryNumber = 1,
        Question = new HitlQuestion("<b>Go on?</b>", ["a", "b"]) { Multiple = multiple, Defaults = ["b"], AssignedUsers = ["ann"] },
        Params = DagParams.Stored(Params),
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
