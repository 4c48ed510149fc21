using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Model.Runs;
using Pipelines.Web.Components.Dags;
using Pipelines.Web.Components.Shell;

namespace Pipelines.UnitTests.Web;

/// <summary>Small parts of pages, each with names that try to break out of the page.</summary>
public sealed class ComponentTests
{
    private static readonly string[] Hostile = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "🚀 émoji \u202e", new string('x', 500), "a&b=c#d/e?f"];

    private static DagRun Run(string runId) => new()
    {
        Id = 1,
        DagId = "d",
        RunId = runId,
        RunType = DagRunType.Manual,
        State = DagRunState.Success,
        RunAfter = DateTimeOffset.UnixEpoch,
        TriggeredBy = RunTriggeredBy.Ui,
        DagVersionId = 1,
        QueuedAt = DateTimeOffset.UnixEpoch,
        StartDate = DateTimeOffset.UnixEpoch,
        EndDate = DateTimeOffset.UnixEpoch.AddSeconds(3),
    };

    [TestCaseSource(nameof(Hostile))]
    public async Task A_run_is_a_link_to_itself_whatever_its_id_holds(string runId)
    {
        await using var context = new BunitContext();
        context.Services.AddSingleton(TimeProvider.System);

        var link = context.Render<RunBars>(parameters => parameters.Add(bars => bars.Runs, [Run(runId)])).Find("a");

        Assert.That(link.GetAttribute("href"), Is.EqualTo($"/dags/d/runs/{Uri.EscapeDataString(runId)}"));
        Assert.That(link.GetAttribute("title"), Is.EqualTo($"{runId}: success, 3.0 s"));
        Assert.That(link.ChildElementCount, Is.Zero);
    }

    [TestCaseSource(nameof(Hostile))]
    public async Task A_question_is_text_and_acts_only_when_confirmed(string name)
    {
        await using var context = new BunitContext();
        var confirmed = 0;
        var part = context.Render<Confirm>(parameters => parameters
            .Add(confirm => confirm.Label, "Delete").Add(confirm => confirm.Question, $"Delete '{name}'?").Add(confirm => confirm.Confirmed, () => confirmed++));

        part.Find("button").Click();
        Assert.That(confirmed, Is.Zero);
        Assert.That(part.Find("[role=alertdialog]").TextContent, Does.Contain(name));
        part.Find("[data-testid=confirm]").Click();

        Assert.That(confirmed, Is.EqualTo(1));
        Assert.That(part.FindAll("[role=alertdialog]"), Is.Empty);
    }

    [Test]
    public async Task A_state_has_a_letter_and_a_name_besides_its_colour()
    {
        await using var context = new BunitContext();

        var chip = context.Render<StateChip>(parameters => parameters.Add(state => state.Name, "up_for_retry")).Find(".state-up_for_retry");

        Assert.That((chip.TextContent, chip.GetAttribute("data-sign")), Is.EqualTo(("up for retry", "↻")));
    }

    [TestCase(true, true)]
    [TestCase(false, false)]
    public async Task Only_who_may_can_pause(bool mayChange, bool enabled)
    {
        await using var context = new BunitContext();
        bool? asked = null;
        var part = context.Render<PauseSwitch>(parameters => parameters
            .Add(pause => pause.DagId, "d").Add(pause => pause.IsPaused, false).Add(pause => pause.MayChange, mayChange).Add(pause => pause.Changed, paused => asked = paused));

        var box = part.Find("input");
        Assert.That(box.HasAttribute("disabled"), Is.Not.EqualTo(enabled));
        if (enabled) box.Change(false);
        Assert.That(asked, Is.EqualTo(enabled ? true : null));
    }

    [TestCase(-3, "now")]
    [TestCase(-30, "30 s ago")]
    [TestCase(-7200, "2 h ago")]
    [TestCase(300, "in 5 min")]
    [TestCase(864000, "in 10 days")]
    public void Instants_are_said_as_people_say_them(int seconds, string words) =>
        Assert.That(Words.Of(DateTimeOffset.UnixEpoch.AddSeconds(seconds), DateTimeOffset.UnixEpoch), Is.EqualTo(words));
}
