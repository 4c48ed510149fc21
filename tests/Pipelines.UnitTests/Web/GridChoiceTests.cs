using System.Globalization;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Web.Components.Dags;

namespace Pipelines.UnitTests.Web;

/// <summary>The page's address says what the grid shows, whatever somebody writes into it.</summary>
public sealed class GridChoiceTests
{
    private const string Hostile = "\"><img src=x onerror=alert(1)>&run=2#🚀";

    [Test]
    public void What_the_address_says_is_what_the_drawing_asks_for()
    {
        var choice = GridChoice.Of("d", "90", "failed", "backfill", "17", "manual__1");

        Assert.That(choice.Source, Is.EqualTo("/ui/dags/d/grid?runs=90&state=failed&type=backfill&before=17"));
        Assert.That(choice.Here, Is.EqualTo("/dags/d?tab=grid&runs=90&state=failed&type=backfill"));
        Assert.That(choice.All, Is.EqualTo("/dags/d?tab=grid&runs=90&run=manual__1"));
    }

    [TestCase("0")]
    [TestCase("1001")]
    [TestCase("-1")]
    [TestCase("x")]
    [TestCase(Hostile)]
    public void What_cannot_be_meant_is_left_out(string nonsense)
    {
        var choice = GridChoice.Of("d", nonsense, nonsense, nonsense, nonsense == "1001" ? "" : nonsense, "");

        Assert.That(choice, Is.EqualTo(new GridChoice("d", null, null, null, null, null)));
        Assert.That(choice.Source, Is.EqualTo("/ui/dags/d/grid"));
    }

    [Test]
    public async Task A_hostile_run_id_stays_a_value()
    {
        await using var context = new BunitContext();

        var part = context.Render<DagGrid>(parameters => parameters.Add(grid => grid.Choice, GridChoice.Of("d", null, null, null, null, Hostile)));

        Assert.That(part.FindAll("img"), Is.Empty);
        Assert.That(part.Find("dag-grid").GetAttribute("run"), Is.EqualTo(Hostile));
        Assert.That(part.Find(".chosen-run a").GetAttribute("href"), Is.EqualTo($"/dags/d/runs/{Uri.EscapeDataString(Hostile)}"));
    }

    [Test]
    public async Task The_table_links_each_cell_and_shows_what_a_run_does_not_have_as_nothing()
    {
        await using var context = new BunitContext();
        context.Services.AddSingleton(TimeProvider.System);

        var table = context.Render<RunMatrix>(parameters => parameters
            .Add(matrix => matrix.Choice, GridChoice.Of("d", null, null, null, null, null))
            .Add(matrix => matrix.Runs, [GridRuns.Of(1, "a:success"), GridRuns.Of(2, "a:failed b:running") with { RunId = Hostile }])
            .Add(matrix => matrix.TaskIds, ["a", "b"]));

        Assert.That(table.FindAll("tbody a").Select(link => link.GetAttribute("aria-label")),
            Is.EqualTo(new[] { "a, run_1: success", $"a, {Hostile}: failed", $"b, {Hostile}: running" }));
        Assert.That(table.FindAll("tbody a")[2].GetAttribute("href"), Is.EqualTo(string.Create(CultureInfo.InvariantCulture, $"/dags/d/runs/{Uri.EscapeDataString(Hostile)}/tasks/b")));
        Assert.That(table.FindAll("img"), Is.Empty);
    }
}
