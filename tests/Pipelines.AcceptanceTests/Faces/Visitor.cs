using System.Text.Json;
using Microsoft.Playwright;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>A person at a browser. It notes all that a person would call broken: script errors, failed requests, the red bar.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    private const int Patience = 30_000;
    private static readonly Lazy<string> Axe = new(() => File.ReadAllText(
        Need.Path(Path.Combine(Product.Root, "tests/Pipelines.AcceptanceTests/node_modules/axe-core/axe.min.js"))));

    private readonly List<string> _complaints = [];

    private Visitor(IBrowserContext context, IPage page)
    {
        Context = context;
        Page = page;
        page.PageError += (_, error) => Complain($"script error: {error}");
        page.Console += (_, message) =>
        {
            if (message.Type == "error") Complain($"console: {message.Text}");
        };
        page.Response += (_, response) =>
        {
            if (response.Status >= 400) Complain($"{response.Status} {response.Request.Method} {response.Url}");
        };
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(Site.Url, StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
                Complain($"request to another host: {request.Url}");
        };
    }

    /// <summary>The browser's profile: its cookies and pages.</summary>
    public IBrowserContext Context { get; }

    /// <summary>The page that is open.</summary>
    public IPage Page { get; }

    /// <summary>What went wrong so far, in the order it did.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_complaints) return [.. _complaints];
        }
    }

    /// <summary>Opens a browser of its own, signed in.</summary>
    public static async Task<Visitor> SignInAsync(string username = "admin", bool dark = false, int width = 1280, int height = 800)
    {
        var visitor = await ArriveAsync(dark, width, height);
        await visitor.FillLoginAsync(username);
        return visitor;
    }

    /// <summary>Opens a browser of its own on the login page.</summary>
    public static async Task<Visitor> ArriveAsync(bool dark = false, int width = 1280, int height = 800)
    {
        var context = await Site.Chromium.NewContextAsync(new()
        {
            BaseURL = Site.Url,
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new() { Width = width, Height = height },
            TimezoneId = "UTC",
        });
        context.SetDefaultTimeout(Patience);
        var visitor = new Visitor(context, await context.NewPageAsync());
        await visitor.Page.GotoAsync("/login");
        return visitor;
    }

    /// <summary>Signs in on the login page that is open, and waits for the page that follows.</summary>
    public async Task FillLoginAsync(string username = "admin")
    {
        await Page.GetByLabel("User name").FillAsync(username);
        await Page.GetByLabel("Password").FillAsync(Site.Password);
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Page.WaitForURLAsync(url => !url.Contains("/login", StringComparison.Ordinal));
    }

    /// <summary>Goes to a page and waits until it is quiet.</summary>
    public async Task OpenAsync(string path)
    {
        await Page.GotoAsync(path);
        await Page.WaitForLoadStateAsync(LoadState.Load);
        // Until its circuit is up a page hears nobody; pages of others have none to wait for.
        await Page.WaitForFunctionAsync("() => document.querySelector('main')?.dataset.live !== 'false'");
    }

    /// <summary>Keeps a picture of the page as it is.</summary>
    public Task PictureAsync(string name) => Page.ScreenshotAsync(new() { Path = Path.Combine(Site.Screenshots, $"{name}.png") });

    /// <summary>What axe-core finds that is serious or critical: rule, help and the first place.</summary>
    /// <param name="except">A selector of what is not ours to mend.</param>
    public async Task<IReadOnlyList<string>> BarriersAsync(string? except = null)
    {
        await Page.EvaluateAsync(Axe.Value + "; undefined");
        var found = await Page.EvaluateAsync<JsonElement>(
            "async except => (await axe.run(except ? { exclude: [except] } : document, { resultTypes: ['violations'] })).violations.map(v => [v.impact, v.id, v.help, v.nodes.length, v.nodes[0].html])", except);
        return [.. found.EnumerateArray().Where(rule => rule[0].GetString() is "serious" or "critical").Select(rule => string.Join(" | ", rule.EnumerateArray()))];
    }

    /// <summary>Forgets what went wrong so far, because the test meant it to.</summary>
    public void Forgive()
    {
        lock (_complaints) _complaints.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Context.DisposeAsync();

    private void Complain(string complaint)
    {
        lock (_complaints) _complaints.Add(complaint);
    }
}
