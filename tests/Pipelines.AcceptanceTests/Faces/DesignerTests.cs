using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>The days of people who author DAGs in the real Elsa Studio.</summary>
[Category("Browser")]
public sealed class DesignerTests
{
    private const string DrawnId = "drawn_by_hand";

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

        // Mended and cleared: the same run turns green.
        await ChangeSqlAsync(designer, "SELECT 3 AS three");
        await Assertions.Expect(designer.State).ToHaveTextAsync("published v3");
        await visitor.OpenAsync($"/dags/{DrawnId}/runs/{Uri.EscapeDataString(bad)}");
        await ClearAsync(visitor.Page);
        await Assertions.Expect(visitor.Page.Locator("main .head .state")).ToHaveTextAsync("success");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_file_that_changes_on_disk_changes_on_the_canvas_and_a_draft_under_it_is_kept_with_it()
    {
        const string dagId = "file_and_canvas";
        Query(dagId, "first").Write(Site.Workflows);
        await Site.DagAsync(dagId);
        await using var visitor = await Visitor.SignInAsync();
        var designer = new Designer(visitor);
        await designer.OpenAsync(dagId);
        await Assertions.Expect(designer.State).ToHaveTextAsync("published v1");

        Query(dagId, "first", "second").Write(Site.Workflows);
        await Assertions.Expect(designer.Node("second")).ToBeVisibleAsync();
        await visitor.PictureAsync("designer-file-changed");

        await designer.SelectAsync("second");
        await designer.TypeSqlAsync("SELECT 'draft' AS mine");
        await Assertions.Expect(designer.State).ToContainTextAsync("by admin");
        var onDisk = Query(dagId, "first", "second", "third").Write(Site.Workflows);
        await Assertions.Expect(designer.State).ToHaveTextAsync("conflict: the file was changed on disk");
        await designer.PublishAsync();
        await Assertions.Expect(designer.Messages).ToContainTextAsync("nothing was published and both are kept");
        Assert.That(await File.ReadAllTextAsync(onDisk), Does.Contain("third"));
        visitor.Forgive();
        await designer.CloseMessagesAsync();
        await designer.Publishing.Locator("summary").ClickAsync();
        await visitor.PictureAsync("designer-conflict");
        await designer.Publishing.GetByRole(AriaRole.Button, new() { Name = "Keep the draft over the file" }).ClickAsync();
        await Assertions.Expect(designer.State).ToContainTextAsync("draft saved");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await designer.PublishAsync();
        await Assertions.Expect(designer.State).ToContainTextAsync("published v");
        Assert.That(await File.ReadAllTextAsync(onDisk), Does.Contain("'draft' AS mine").And.Not.Contain("third"));
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_draft_is_discarded_after_a_question()
    {
        const string dagId = "discarded_draft";
        Query(dagId, "only").Write(Site.Workflows);
        await Site.DagAsync(dagId);
        await using var visitor = await Visitor.SignInAsync();
        var designer = new Designer(visitor);
        await designer.OpenAsync(dagId);
        await designer.DragAsync("SQL", "SQL query", 420, 300);
        await Assertions.Expect(designer.State).ToContainTextAsync("draft saved");
        await designer.Publishing.Locator("summary").ClickAsync();
        await designer.Publishing.GetByRole(AriaRole.Button, new() { Name = "Discard the draft" }).ClickAsync();
        var question = visitor.Page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(question).ToContainTextAsync("the canvas then shows published version 1 again");
        await visitor.PictureAsync("designer-discard");
        await question.GetByRole(AriaRole.Button, new() { Name = "Discard the draft" }).ClickAsync();
        await Assertions.Expect(designer.State).ToHaveTextAsync("published v1");
        await Assertions.Expect(designer.Nodes).ToHaveCountAsync(2);
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task Of_two_people_on_one_DAG_the_second_is_refused_in_words_and_nothing_is_lost()
    {
        const string dagId = "two_people";
        Query(dagId, "shared").Write(Site.Workflows);
        await Site.DagAsync(dagId);
        await using var admin = await Visitor.SignInAsync();
        await using var anna = await Visitor.SignInAsync("anna");
        var (first, second) = (new Designer(admin), new Designer(anna));
        await first.OpenAsync(dagId);
        await second.OpenAsync(dagId);

        await first.SelectAsync("shared");
        await first.TypeSqlAsync("SELECT 'admin' AS who");
        await Assertions.Expect(second.State).ToContainTextAsync("by admin");
        await Assertions.Expect(second.Messages).ToContainTextAsync("admin is editing this DAG.");
        await second.DragAsync("SQL", "SQL query", 420, 300);
        await Assertions.Expect(second.Messages).ToContainTextAsync("Your last change is not saved. Reload the page to go on from admin's draft.");
        await anna.PictureAsync("designer-two-people");
        await Assertions.Expect(anna.Page.Locator("#blazor-error-ui")).ToBeHiddenAsync();
        anna.Forgive();

        await second.Messages.GetByRole(AriaRole.Button, new() { Name = "Show admin's draft" }).ClickAsync();
        await Assertions.Expect(second.Nodes).ToHaveCountAsync(2);
        await second.CloseMessagesAsync();
        await second.SelectAsync("shared");
        await Assertions.Expect(anna.Page.Locator(".monaco-editor .view-lines").First).ToContainTextAsync("'admin'");
        await second.DragAsync("SQL", "SQL query", 420, 300);
        await Assertions.Expect(second.State).ToContainTextAsync("by anna");
        Assert.That(admin.Complaints.Concat(anna.Complaints), Is.Empty);
    }

    private static DagFile Query(string dagId, params string[] tasks) => tasks.Index().Aggregate(
        new DagFile(dagId).Add("dag", "Pipelines.Dag"),
        (file, task) => file.Add(task.Item, "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1 AS one")).At(task.Item, 60 + (task.Index * 240), 120));

    /// <summary>Opens the drawn DAG, gives its second task another SQL and publishes it.</summary>
    private static async Task ChangeSqlAsync(Designer designer, string sql)
    {
        await designer.OpenAsync(DrawnId);
        await designer.SelectAsync("SqlQuery2");
        await designer.TypeSqlAsync(sql);
        await Assertions.Expect(designer.Publishing.Locator("strong")).ToHaveTextAsync("1 change");
        await designer.PublishAsync();
    }

    // A button of a page does nothing until the page's circuit is up, so it is pressed until its question is there.
    private static async Task ClearAsync(IPage page)
    {
        var confirm = page.GetByTestId("confirm");
        for (var attempt = 0; attempt < 10 && !await confirm.IsVisibleAsync(); attempt++)
        {
            await page.GetByTestId("clear-run").ClickAsync();
            await Task.WhenAny(confirm.WaitForAsync(), page.WaitForTimeoutAsync(3_000));
        }
        await confirm.ClickAsync();
    }

    private static async Task SetAsync(Designer designer, string task, string sql)
    {
        await designer.SelectAsync(task);
        await designer.ChooseAsync("Connection", "shop");
        await designer.TypeSqlAsync(sql);
    }
}
