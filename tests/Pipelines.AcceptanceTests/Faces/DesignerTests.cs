using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>The days of people who author DAGs in the real Elsa Studio.</summary>
[Category("Browser")]
public sealed class DesignerTests
{
    [OneTimeSetUp]
    public async Task InviteAsync()
    {
        await Site.RunAsync("users", "create", "anna", "--role", "user", "--author", "--password", Site.Password);
        await Site.RunAsync("users", "create", "vera", "--role", "viewer", "--password", Site.Password);
    }

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
        await designer.Messages.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();

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
        Assert.That(await Site.RunAsync("runs", "wait", "drawn_by_hand", good), Does.Contain("success"));
        await Assertions.Expect(designer.Badge("SqlQuery2")).ToHaveClassAsync(new Regex("mud-theme-success"));
        await visitor.PictureAsync("designer-run-green");
        Assert.That(visitor.Complaints, Is.Empty);

        await designer.OpenAsync("drawn_by_hand");
        await designer.SelectAsync("SqlQuery2");
        await designer.TypeSqlAsync("SELECT nothing FROM nowhere");
        await Assertions.Expect(designer.State).ToContainTextAsync("draft saved");
        await Assertions.Expect(designer.Publishing.Locator("strong")).ToHaveTextAsync("1 change");
    }

    private static async Task SetAsync(Designer designer, string task, string sql)
    {
        await designer.SelectAsync(task);
        await designer.ChooseAsync("Connection", "shop");
        await designer.TypeSqlAsync(sql);
    }
}
