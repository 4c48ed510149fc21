using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>Drafts in the real Elsa Studio: beside a file that changes, beside another person, discarded, or not allowed at all.</summary>
[Category("Browser")]
public sealed class DesignerDraftTests
{
    [OneTimeSetUp]
    public async Task InviteAsync()
    {
        await Site.RunAsync("users", "create", "anna", "--role", "user", "--author", "--password", Site.Password);
        await Site.RunAsync("users", "create", "vera", "--role", "viewer", "--password", Site.Password);
    }

    [Test]
    public async Task A_file_that_changes_on_disk_changes_on_the_canvas_and_a_draft_under_it_is_kept_with_it()
    {
        const string dagId = "file_and_canvas";
        DagFile.Queries(dagId, "first").Write(Site.Workflows);
        await Site.DagAsync(dagId);
        await using var visitor = await Visitor.SignInAsync();
        var designer = new Designer(visitor);
        await designer.OpenAsync(dagId);
        await Assertions.Expect(designer.State).ToHaveTextAsync("published v1");

        DagFile.Queries(dagId, "first", "second").Write(Site.Workflows);
        await Assertions.Expect(designer.Node("second")).ToBeVisibleAsync();
        await visitor.PictureAsync("designer-file-changed");

        await designer.SelectAsync("second");
        await designer.TypeSqlAsync("SELECT 'draft' AS mine");
        await Assertions.Expect(designer.State).ToContainTextAsync("by admin");
        var onDisk = DagFile.Queries(dagId, "first", "second", "third").Write(Site.Workflows);
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
        DagFile.Queries(dagId, "only").Write(Site.Workflows);
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
        DagFile.Queries(dagId, "shared").Write(Site.Workflows);
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
        await Assertions.Expect(second.Sql.Locator(".view-lines")).ToContainTextAsync("'admin'");
        await second.DragAsync("SQL", "SQL query", 420, 300);
        await Assertions.Expect(second.State).ToContainTextAsync("by anna");
        Assert.That(admin.Complaints.Concat(anna.Complaints), Is.Empty);
    }

    [Test]
    public async Task Who_is_no_author_looks_and_is_told_so()
    {
        const string dagId = "looked_at";
        DagFile.Queries(dagId, "only").Write(Site.Workflows);
        await Site.DagAsync(dagId);
        await using var vera = await Visitor.SignInAsync("vera", dark: true);
        var designer = new Designer(vera);
        await designer.OpenAsync(dagId);
        await Assertions.Expect(designer.State).ToContainTextAsync("read-only");
        await designer.Publishing.Locator("summary").ClickAsync();
        await Assertions.Expect(designer.Publishing).ToContainTextAsync("Ask an admin to make you an author.");
        await vera.PictureAsync("designer-read-only");
        Assert.That(await vera.BarriersAsync(Designer.NotOurs), Is.Empty);
        Assert.That(vera.Complaints, Is.Empty);
        var refused = await vera.Page.EvaluateAsync<int>($"async () => (await fetch('/ui/studio/{dagId}/discard', {{ method: 'POST' }})).status");
        Assert.That(refused, Is.EqualTo(403));
    }
}
