using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>Assets and pools by hand: an event is created and seen, an asset is made anew, what waits is forgotten; a pool is made, changed and deleted.</summary>
[Category("Browser")]
public sealed class AssetTests
{
    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        DagFile.ByHand("asset_maker").Add("make", "Empty", ("outlets", """["page_orders"]"""), ("pool", "page_pool")).Write(Site.Workflows);
        DagFile.ByHand("asset_waiter", ("assets", """["page_orders", "page_leads"]""")).Add("wait", "Empty").Write(Site.Workflows);
        foreach (var dagId in new[] { "asset_maker", "asset_waiter" })
        {
            await Site.DagAsync(dagId);
            await Site.RunAsync("dags", "unpause", dagId);
        }
    }

    [Test]
    public async Task An_event_is_created_and_what_waits_is_told_and_forgotten()
    {
        await using var visitor = await Visitor.SignInAsync();
        var page = visitor.Page;
        await visitor.OpenAsync("/assets?q=page_");
        await page.GetByRole(AriaRole.Link, new() { Name = "page_orders" }).ClickAsync();
        await page.GetByTestId("create-event").ClickAsync();
        await page.GetByTestId("extra").FillAsync("{\"rows\":");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "must be a JSON object" })).ToBeVisibleAsync();
        await page.GetByTestId("extra").FillAsync("""{"rows": 47}""");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync();
        await Expect(page.Locator("tbody")).ToContainTextAsync("""{"rows":47}""");
        Assert.That(await visitor.BarriersAsync(), Is.Empty);

        var waiting = page.Locator("p.notice", new() { HasText = "asset_waiter" });
        await waiting.GetByRole(AriaRole.Button, new() { Name = "Forget" }).ClickAsync();
        await waiting.GetByTestId("confirm").ClickAsync();
        await Expect(waiting).ToHaveCountAsync(0);

        await page.GetByTestId("materialize").ClickAsync();
        await Expect(page.Locator("h1")).ToContainTextAsync("asset_materialization__");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_pool_is_made_changed_and_deleted_and_its_absence_is_told()
    {
        await using var visitor = await Visitor.SignInAsync();
        var page = visitor.Page;
        await visitor.OpenAsync("/dags/asset_maker");
        await Expect(page.GetByTestId("dag-warning")).ToContainTextAsync("name pool 'page_pool', which does not exist");
        await visitor.OpenAsync("/pools");
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a pool" }).ClickAsync();
        await page.GetByTestId("name").FillAsync("page_other");
        await page.GetByTestId("slots").FillAsync("3");
        await page.GetByTestId("include-deferred").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        var row = page.Locator("tr", new() { HasText = "page_other" });
        await Expect(row).ToContainTextAsync("keep their slots");
        await page.GetByRole(AriaRole.Link, new() { Name = "Edit page_other" }).ClickAsync();
        await Expect(page.GetByTestId("slots")).ToHaveValueAsync("3");
        await page.GetByTestId("slots").FillAsync("-1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(row).ToContainTextAsync("∞");
        await row.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await row.GetByTestId("confirm").ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
        Assert.That(visitor.Complaints, Is.Empty);
    }
}
