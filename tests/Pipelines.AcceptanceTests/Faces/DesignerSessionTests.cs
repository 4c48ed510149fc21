using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>A person whose session ends while the editor is open.</summary>
[Category("Browser")]
public sealed class DesignerSessionTests
{
    [Test]
    public async Task A_session_that_is_over_is_said_in_the_bar_with_the_way_back()
    {
        const string dagId = "left_open";
        DagFile.ByHand(dagId).Add("count", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1")).Write(Site.Workflows);
        await Site.DagAsync(dagId);
        await using var visitor = await Visitor.SignInAsync();
        var designer = new Designer(visitor);
        await designer.OpenAsync(dagId);
        await visitor.Context.ClearCookiesAsync();

        await Site.RunAsync("dags", "unpause", dagId);

        await Assertions.Expect(designer.State).ToContainTextAsync("your session is over");
        await Assertions.Expect(designer.State.GetByRole(AriaRole.Link)).ToHaveAttributeAsync("href", $"/login?ended=true&ReturnUrl={Uri.EscapeDataString(Designer.Path(dagId))}");
        await visitor.PictureAsync("designer-session-over");
    }
}
