using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>A person at the real Elsa Studio: what they see and press there, by mouse and keyboard.</summary>
internal sealed class Designer(Visitor visitor)
{
    // Studio is a program of 9 MB that starts in the browser; on a busy machine that takes a while.
    private const int StartPatience = 120_000;

    /// <summary>Studio's own elements, for the barriers that are not ours to mend.</summary>
    public const string NotOurs = "#studio > [remote-endpoint]";

    private IPage Page => visitor.Page;

    /// <summary>The sentence under the DAG's name.</summary>
    public ILocator State => Page.Locator("#draft-state");

    /// <summary>What publishing would change.</summary>
    public ILocator Publishing => Page.Locator("#publishing");

    /// <summary>Words that came up over the canvas.</summary>
    public ILocator Messages => Page.Locator("#messages");

    /// <summary>The activities on the canvas.</summary>
    public ILocator Nodes => Page.Locator(".x6-node");

    /// <summary>The SQL editor of the selected activity.</summary>
    public ILocator Sql => Page.Locator(".mud-input-control-input-container")
        .Filter(new() { Has = Page.Locator("label", new() { HasTextRegex = new Regex("^SQL$") }) }).Locator(".monaco-editor");

    /// <summary>Opens a DAG and waits for its graph.</summary>
    public async Task OpenAsync(string dagId)
    {
        await Page.GotoAsync(Path(dagId));
        await WaitForGraphAsync();
    }

    public static string Path(string dagId) => $"/studio/workflows/definitions/{dagId}/edit";

    /// <summary>Waits until the graph is drawn and the bar knows its DAG.</summary>
    public async Task WaitForGraphAsync()
    {
        await Nodes.First.WaitForAsync(new() { Timeout = StartPatience });
        if (Page.Url.EndsWith("/edit", StringComparison.Ordinal)) await Assertions.Expect(State).Not.ToContainTextAsync("reading");
    }

    /// <summary>Begins a DAG in the list, as "Create workflow" does.</summary>
    public async Task CreateAsync(string name)
    {
        await Page.GotoAsync("/studio/");
        await Page.GetByRole(AriaRole.Button, new() { Name = "Create workflow" }).First.ClickAsync(new() { Timeout = StartPatience });
        var dialog = Page.Locator(".mud-dialog");
        await Assertions.Expect(dialog.Locator("input").First).ToHaveValueAsync(new Regex("."));
        await dialog.Locator("input").First.FillAsync(name);
        await Page.Keyboard.PressAsync("Tab");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Ok" }).ClickAsync();
        await Page.WaitForURLAsync(new Regex("/definitions/.+/edit$"), new() { Timeout = StartPatience });
        await WaitForGraphAsync();
    }

    /// <summary>Drags an activity from the picker onto the canvas.</summary>
    public async Task DragAsync(string category, string activity, int x, int y)
    {
        var before = await Nodes.CountAsync();
        var item = Page.Locator("[draggable=true]").Filter(new() { HasText = activity }).First;
        if (!await item.IsVisibleAsync()) await Page.Locator(".mud-expand-panel-header").Filter(new() { HasText = category }).ClickAsync();
        await item.DragToAsync(Page.Locator(".x6-graph").First, new() { TargetPosition = new() { X = x, Y = y } });
        await Assertions.Expect(Nodes).ToHaveCountAsync(before + 1);
    }

    /// <summary>An activity by what its box says.</summary>
    public ILocator Node(string text) => Nodes.Filter(new() { HasText = text });

    /// <summary>Draws a connection from one's port Done to the other's port In.</summary>
    public async Task ConnectAsync(string from, string to)
    {
        var edges = Page.Locator(".x6-edge");
        var before = await edges.CountAsync();
        var (start, end) = (await MiddleAsync(Node(from).Locator("[port=Done]")), await MiddleAsync(Node(to).Locator("[port=In]")));
        await Page.Mouse.MoveAsync(start.X, start.Y);
        await Page.Mouse.DownAsync();
        await Page.Mouse.MoveAsync(start.X + 30, start.Y + 4, new() { Steps = 5 });
        await Page.Mouse.MoveAsync(end.X, end.Y, new() { Steps = 12 });
        await Page.Mouse.UpAsync();
        await Assertions.Expect(edges).ToHaveCountAsync(before + 1);
    }

    /// <summary>Selects an activity, so that its inputs show.</summary>
    public async Task SelectAsync(string text)
    {
        await Node(text).ClickAsync(new() { Position = new() { X = 80, Y = 20 } });
        await Sql.Locator(".view-line").First.WaitForAsync();
    }

    /// <summary>Chooses in a dropdown of the selected activity.</summary>
    public async Task ChooseAsync(string label, string option)
    {
        for (var tries = 1; ; tries++)
        {
            await Page.Locator("div[id^=selectext]").Filter(new() { HasText = label }).Locator(".mud-input-slot[tabindex='0']").ClickAsync();
            await Page.Locator(".mud-popover-open .mud-list-item-extended").Filter(new() { HasText = option }).First.ClickAsync();
            try
            {
                await Assertions.Expect(Page.Locator("div[id^=selectext]").Filter(new() { HasText = label }).First).ToContainTextAsync(option);
                return;
            }
            catch (PlaywrightException) when (tries < 3)
            {
                // Studio draws the dropdown anew when its options have come, and the click met the old one.
            }
        }
    }

    /// <summary>Replaces what the selected activity's SQL editor holds, key by key.</summary>
    public async Task TypeSqlAsync(string sql)
    {
        await Sql.ClickAsync();
        await Page.Keyboard.PressAsync("ControlOrMeta+A");
        await Page.Keyboard.TypeAsync(sql);
        await Assertions.Expect(Sql.Locator(".view-lines")).ToHaveTextAsync(new Regex(string.Join(@"\s", sql.Split(' ').Select(Regex.Escape))));
    }

    /// <summary>Presses Publish.</summary>
    public Task PublishAsync() => Page.Locator("button.mud-icon-button.mud-primary-text").First.ClickAsync();

    /// <summary>Presses Run and follows to the run's graph; returns the run_id.</summary>
    public async Task<string> RunAsync()
    {
        await Page.Locator("button.mud-icon-button.mud-success-text").First.ClickAsync();
        await Page.WaitForURLAsync(new Regex("/instances/[0-9]+/view$"), new() { Timeout = StartPatience });
        await WaitForGraphAsync();
        return await Page.Locator(".about .small").InnerTextAsync();
    }

    /// <summary>Closes what came up over the canvas.</summary>
    public async Task CloseMessagesAsync()
    {
        var close = Messages.GetByRole(AriaRole.Button, new() { Name = "Close" });
        while (await close.CountAsync() > 0) await close.First.ClickAsync();
    }

    /// <summary>The badge on an activity of a run.</summary>
    public ILocator Badge(string text) => Node(text).Locator(".mud-badge");

    private static async Task<(float X, float Y)> MiddleAsync(ILocator locator)
    {
        var box = await locator.BoundingBoxAsync() ?? throw new InvalidOperationException("The port is not on the screen.");
        return (box.X + (box.Width / 2), box.Y + (box.Height / 2));
    }
}
