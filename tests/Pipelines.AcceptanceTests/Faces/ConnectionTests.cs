using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>A connection is added, tested, changed and deleted by hand, and its secret never comes back to a browser.</summary>
[Category("Browser")]
public sealed class ConnectionTests
{
    [Test]
    public async Task A_connection_is_added_tested_changed_and_deleted_and_its_password_is_never_shown()
    {
        const string decoy = "this-is-a-secret-47";
        await using var visitor = await Visitor.SignInAsync();
        var page = visitor.Page;
        await visitor.OpenAsync("/connections");
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a connection" }).ClickAsync();
        await page.GetByTestId("conn-id").FillAsync("by_hand");
        await page.GetByLabel("Paste a URI").FillAsync(Site.Source.Uri());
        await page.GetByTestId("test").ClickAsync();
        await Expect(page.GetByTestId("tested")).ToContainTextAsync("by_hand works");
        await visitor.PictureAsync("connection-tested");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/connections$"));

        await page.GetByRole(AriaRole.Link, new() { Name = "Edit by_hand" }).ClickAsync();
        await page.GetByLabel("Port").FillAsync("1");
        await page.GetByTestId("test").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "Type the password again" })).ToBeVisibleAsync();
        await visitor.PictureAsync("connection-elsewhere");
        await page.GetByLabel("Password").FillAsync(decoy);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new Regex("/connections$"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Test by_hand" }).ClickAsync();
        await Expect(page.GetByTestId("tested")).ToContainTextAsync("by_hand does not work");
        await page.GetByRole(AriaRole.Link, new() { Name = "Edit by_hand" }).ClickAsync();
        await Expect(page.GetByLabel("Port")).ToHaveValueAsync("1");
        await Expect(page.GetByLabel("Password")).ToHaveValueAsync("");
        Assert.That(await page.ContentAsync(), Does.Not.Contain(decoy));
        Assert.That(await visitor.BarriersAsync(), Is.Empty);

        await visitor.OpenAsync("/connections");
        var row = page.Locator("tr", new() { HasText = "by_hand" });
        await row.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await row.GetByTestId("confirm").ClickAsync();
        await Expect(row).ToHaveCountAsync(0);
        await visitor.OpenAsync("/audit?event=add_connection");
        await Expect(page.Locator("tbody")).ToContainTextAsync("by_hand");
        Assert.That(await page.ContentAsync(), Does.Not.Contain(decoy));
        await visitor.OpenAsync("/audit?event=test_connection");
        await Expect(page.Locator("tbody")).ToContainTextAsync("by_hand: postgres 127.0.0.1:1");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task Variables_and_users_are_added_from_their_lists()
    {
        await using var visitor = await Visitor.SignInAsync();
        var page = visitor.Page;
        await visitor.OpenAsync("/variables");
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a variable" }).ClickAsync();
        await page.GetByTestId("key").FillAsync("bucket");
        await page.GetByTestId("value").FillAsync("lake");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator("tr", new() { HasText = "bucket" })).ToContainTextAsync("lake");

        await visitor.OpenAsync("/users");
        await page.GetByRole(AriaRole.Link, new() { Name = "Add a user" }).ClickAsync();
        await page.GetByTestId("name").FillAsync("ada");
        await page.GetByTestId("role").SelectOptionAsync("op");
        await page.GetByTestId("password").FillAsync(Site.Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator("tr", new() { HasText = "ada" })).ToContainTextAsync("Op");
        Assert.That(visitor.Complaints, Is.Empty);
        await using var ada = await Visitor.SignInAsync("ada");
        await ada.OpenAsync("/connections");
        await Expect(ada.Page.GetByRole(AriaRole.Heading, new() { Name = "Connections" })).ToBeVisibleAsync();
    }
}
