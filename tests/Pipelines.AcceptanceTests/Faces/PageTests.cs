using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>Every page opens without an error and without a barrier, light and dark, on a desk and on a phone; a picture of each is kept.</summary>
[Category("Browser")]
public sealed class PageTests
{
    private const string DagId = "pages_daily";
    private const string Run = "seen";

    private static readonly string[] Paths =
    [
        "/", "/dags", $"/dags/{DagId}", $"/dags/{DagId}?view=table", $"/dags/{DagId}?tab=graph", $"/dags/{DagId}?tab=runs", $"/dags/{DagId}?tab=tasks", $"/dags/{DagId}?tab=code",
        $"/dags/{DagId}?tab=versions", $"/dags/{DagId}/trigger", $"/dags/{DagId}/runs/{Run}", $"/dags/{DagId}/runs/{Run}/tasks/count",
        $"/dags/{DagId}/backfills", "/backfills", "/assets", "/assets/1", "/pools", "/pools?edit=%2B", "/required_actions", "/required_actions?answered=true", "/connections", "/connections?edit=%2B",
        "/variables", "/variables?edit=%2B", "/users", "/users?edit=%2B", "/audit", "/no/such/page",
    ];

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        DagFile.Daily(DagId).Add("count", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 7 AS seven")).Add("tell", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT '{{ ds }}' AS day"))
            .Connect("count", "tell").Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", Run, "--logical-date", "2026-02-01");
        await Site.RunAsync("runs", "wait", DagId, Run);
    }

    [TestCaseSource(nameof(Paths))]
    public async Task A_page_opens_whole_and_without_a_barrier(string path)
    {
        await using var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync(path);
        await Assertions.Expect(visitor.Page.Locator("main h1, h1").First).ToBeVisibleAsync();
        if (path == "/no/such/page") visitor.Forgive();
        await visitor.PictureAsync(Name(path, "light"));
        Assert.That(await visitor.BarriersAsync(), Is.Empty);
        Assert.That(visitor.Complaints, Is.Empty);

        await using var phone = await Visitor.SignInAsync(dark: true, width: 390, height: 844);
        await phone.OpenAsync(path);
        if (path == "/no/such/page") phone.Forgive();
        await phone.PictureAsync(Name(path, "phone"));
        Assert.That(await phone.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), Is.True, "the page itself does not scroll sideways");
        Assert.That(await phone.BarriersAsync(), Is.Empty);
        Assert.That(phone.Complaints, Is.Empty);
    }

    [TestCase(false, 1280, "light")]
    [TestCase(true, 390, "phone")]
    public async Task The_login_page_has_no_barrier_and_says_when_the_password_is_wrong(bool dark, int width, string kind)
    {
        await using var stranger = await Visitor.ArriveAsync(dark, width);
        await stranger.Page.GetByLabel("User name").FillAsync("<b>nobody</b>");
        await stranger.Page.GetByLabel("Password").FillAsync("wrong");
        await stranger.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();

        await Assertions.Expect(stranger.Page.GetByRole(AriaRole.Alert).First).ToContainTextAsync("wrong");
        await stranger.PictureAsync($"login-{kind}");
        Assert.That(await stranger.BarriersAsync(), Is.Empty);
        Assert.That(stranger.Complaints, Is.Empty);
    }

    private static string Name(string path, string kind) => $"{(path == "/" ? "home" : path.Trim('/').Replace('/', '-').Replace('?', '-').Replace('=', '-'))}-{kind}";
}
