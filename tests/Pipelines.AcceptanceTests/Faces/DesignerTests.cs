using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>The days of people who author DAGs in the real Elsa Studio.</summary>
[Category("Browser")]
public sealed class DesignerTests
{
    private const string DrawnId = "drawn_by_hand";

    [Test]
    public async Task A_DAG_is_drawn_published_run_broken_mended_and_green_again()
    {
        await using var visitor = await Visitor.SignInAsync();
        var designer = new Designer(visitor);
        await designer.CreateAsync("Drawn by hand");
        await Assertions.Expect(designer.State).ToContainTextAsync("by admin");
        await designer.DragAsync("SQL", "SQL query", 60, 300);
        await designer.DragAsync("SQL", "SQL query", 420, 300);
        await designer.ConnectAsync("SqlQuery1", "SqlQuery2");
        await Assertions.Expect(designer.Publishing.Locator("strong")).ToContainTextAsync("errors");
        await designer.PublishAsync();
        await Assertions.Expect(designer.Messages).ToContainTextAsync("was not published; the draft is kept");
        await Assertions.Expect(designer.Messages).ToContainTextAsync("Task 'SqlQuery1'");
        await visitor.PictureAsync("designer-refused");
        visitor.Forgive();
        await designer.CloseMessagesAsync();

        await SetAsync(designer, "SqlQuery1", "SELECT 1 AS one");
        await Assertions.Expect(designer.Publishing.Locator("strong")).ToHaveTextAsync("1 error");
        await SetAsync(designer, "SqlQuery2", "SELECT 2 AS two");
        await Assertions.Expect(designer.Publishing.Locator("strong")).ToHaveTextAsync("3 changes");
        await designer.Publishing.Locator("summary").ClickAsync();
        await Assertions.Expect(designer.Publishing).ToContainTextAsync("connection SqlQuery1 → SqlQuery2 added");
        await visitor.PictureAsync("designer-publishing");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await designer.PublishAsync();
        await Assertions.Expect(designer.State).ToHaveTextAsync("published v1");
        await visitor.PictureAsync("designer-published");

        var good = await designer.RunAsync();
        await Assertions.Expect(designer.Messages).ToContainTextAsync("was paused and is not any more");
        Assert.That(await Site.RunAsync("runs", "wait", DrawnId, good), Does.Contain("success"));
        await Assertions.Expect(designer.Badge("SqlQuery2")).ToHaveClassAsync(new Regex("mud-theme-success"));
        await visitor.PictureAsync("designer-run-green");
        Assert.That(visitor.Complaints, Is.Empty);

        // Broken: the run fails and both faces say why.
        await ChangeSqlAsync(designer, "SELECT nothing FROM nowhere");
        await Assertions.Expect(designer.State).ToHaveTextAsync("published v2");
        var bad = await designer.RunAsync();
        await Assertions.Expect(designer.Badge("SqlQuery2")).ToHaveClassAsync(new Regex("mud-theme-error"));
        await visitor.PictureAsync("designer-run-red");
        await visitor.Page.Locator(".about .small").ClickAsync();
        await visitor.Page.Locator("main").GetByRole(AriaRole.Link, new() { Name = "SqlQuery2", Exact = true }).First.ClickAsync();
        await Assertions.Expect(visitor.Page.Locator("main")).ToContainTextAsync("relation \"nowhere\" does not exist");

        // Mended in the designer: the run is cleared onto what is published now, and turns green itself.
        await ChangeSqlAsync(designer, "SELECT 3 AS three");
        await Assertions.Expect(designer.State).ToHaveTextAsync("published v3");
        await visitor.OpenAsync($"/dags/{DrawnId}/runs/{Uri.EscapeDataString(bad)}");
        await visitor.Page.GetByTestId("clear-run").ClickAsync();
        await Assertions.Expect(visitor.Page.GetByTestId("clear-latest")).ToBeCheckedAsync();
        await visitor.PictureAsync("run-clear");
        await visitor.Page.GetByTestId("confirm").ClickAsync();
        await Assertions.Expect(visitor.Page.Locator("main .head > .state")).ToHaveTextAsync("success");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task An_activity_of_an_unknown_type_is_shown_saved_and_kept_whole()
    {
        const string dagId = "from_elsewhere";
        var file = JsonNode.Parse(DagFile.Queries(dagId, "known").Add("foreign", "Vendor.LoadLake", ("lake", "blue")).ToString())!;
        file["root"]!["activities"]![2]!["vendorOnly"] = new JsonObject { ["deep"] = new JsonArray(1, 2, 3) };
        await using var visitor = await Visitor.SignInAsync();
        await visitor.Page.EvaluateAsync("""
            async text => { const answer = await fetch('/elsa/api/workflow-definitions/import', { method: 'POST', body: text, headers: { 'content-type': 'application/json' } }); if (!answer.ok) throw new Error(await answer.text()); }
            """, file.ToJsonString());
        var designer = new Designer(visitor);
        await designer.OpenAsync(dagId);
        await Assertions.Expect(designer.Nodes).ToHaveCountAsync(3);
        await designer.DragAsync("SQL", "SQL query", 420, 330);
        await Assertions.Expect(designer.Publishing).ToContainTextAsync(new Regex(@"task SqlQuery\d added"));
        await Assertions.Expect(designer.Publishing).ToContainTextAsync("The activity type 'Vendor.LoadLake' is not known.");
        await visitor.PictureAsync("designer-unknown-type");

        var saved = JsonNode.Parse(await visitor.Page.EvaluateAsync<string>(
            $"async () => await (await fetch('/elsa/api/workflow-definitions/{dagId}/export?versionOptions=Latest')).text()"))!["root"]!["activities"]!.AsArray();
        var foreign = saved.Single(activity => (string?)activity!["name"] == "foreign")!;
        Assert.That((string?)foreign["type"], Is.EqualTo("Vendor.LoadLake"));
        Assert.That((string?)foreign["lake"]!["expression"]!["value"], Is.EqualTo("blue"));
        Assert.That(foreign["vendorOnly"]!.ToJsonString(), Is.EqualTo("""{"deep":[1,2,3]}"""));
        Assert.That(saved, Has.Count.EqualTo(4));
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task Two_hundred_tasks_in_one_DAG_open()
    {
        const string dagId = "two_hundred";
        var file = new DagFile(dagId).Add("dag", "Pipelines.Dag");
        for (var task = 0; task < 200; task++)
        {
            file.Add($"task_{task}", "SqlQuery", ("connectionId", "shop"), ("sql", $"SELECT {task}")).At($"task_{task}", task % 20 * 260, (task / 20 * 120) + 120);
            if (task >= 20) file.Connect($"task_{task - 20}", $"task_{task}");
        }
        file.Write(Site.Workflows);
        await Site.DagAsync(dagId);
        await using var visitor = await Visitor.SignInAsync();
        var designer = new Designer(visitor);
        await designer.OpenAsync(dagId);
        await Assertions.Expect(visitor.Page.Locator(".x6-cell")).ToHaveCountAsync(201 + 180);
        await visitor.PictureAsync("designer-200-tasks");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task The_lists_open_and_a_DAG_that_is_gone_is_said_in_words()
    {
        DagFile.Queries("in_the_list", "only").Write(Site.Workflows);
        await Site.DagAsync("in_the_list");
        await using var visitor = await Visitor.SignInAsync();
        await visitor.Page.GotoAsync("/studio");
        Assert.That(visitor.Page.Url, Does.EndWith("/studio/"));
        await Assertions.Expect(visitor.Page.Locator("table")).ToContainTextAsync("in_the_list", new() { Timeout = 120_000 });
        await visitor.PictureAsync("designer-list");
        Assert.That(await visitor.BarriersAsync(Designer.NotOurs), Is.Empty);
        await visitor.Page.Locator(".views").GetByRole(AriaRole.Link, new() { Name = "Runs" }).ClickAsync();
        await Assertions.Expect(visitor.Page.Locator("elsa-workflow-instance-list table")).ToBeVisibleAsync(new() { Timeout = 120_000 });
        await Assertions.Expect(visitor.Page.Locator("elsa-workflow-instance-list table")).Not.ToContainTextAsync("Loading");
        await visitor.PictureAsync("designer-runs");
        Assert.That(visitor.Complaints, Is.Empty);

        await visitor.Page.GotoAsync(Designer.Path("never_was"));
        await Assertions.Expect(visitor.Page.Locator("main")).ToContainTextAsync("There is no DAG of this name");
        await visitor.PictureAsync("designer-missing");
    }

    /// <summary>Opens the drawn DAG, gives its second task another SQL and publishes it.</summary>
    private static async Task ChangeSqlAsync(Designer designer, string sql)
    {
        await designer.OpenAsync(DrawnId);
        await designer.SelectAsync("SqlQuery2");
        await designer.TypeSqlAsync(sql);
        await Assertions.Expect(designer.Publishing.Locator("strong")).ToHaveTextAsync("1 change");
        await designer.PublishAsync();
    }

    private static async Task SetAsync(Designer designer, string task, string sql)
    {
        await designer.SelectAsync(task);
        await designer.ChooseAsync("Connection", "shop");
        await designer.TypeSqlAsync(sql);
    }
}
