using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>What can go wrong while the grid of a DAG is open is said in words, with a way out.</summary>
[Category("Browser")]
public sealed class GridTroubleTests
{
    private const string DagId = "trouble_daily";
    private const string Hostile = "\"><img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>🚀\u202e";

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        DagFile.ByHand(DagId, ("description", "<img src=x onerror=\"window.hit=1\">")).Add("count", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1")).Write(Site.Workflows);
        await Site.DagAsync(DagId);
    }

    [Test]
    public async Task Without_a_run_it_says_how_to_get_one()
    {
        await using var visitor = await OpenAsync();

        await Assertions.Expect(visitor.Page.GetByText("Trigger one, or wait for the schedule.")).ToBeVisibleAsync();
        await visitor.PictureAsync("grid-no-run");
        Assert.That(await visitor.BarriersAsync(), Is.Empty);
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_lost_connection_is_said_and_heals_by_itself()
    {
        await using var visitor = await Visitor.SignInAsync();
        await visitor.Page.RouteAsync("**/ui/dags/**", route => route.AbortAsync());
        await visitor.OpenAsync($"/dags/{DagId}");
        await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Alert).GetByText("Connection lost. Trying again…")).ToBeVisibleAsync();
        await visitor.PictureAsync("grid-lost");

        await visitor.Page.UnrouteAllAsync();

        await LiveAsync(visitor);
        await Assertions.Expect(visitor.Page.GetByText("Connection lost.")).ToHaveCountAsync(0);
    }

    [Test]
    public async Task A_session_that_is_over_leads_to_the_login_and_back()
    {
        const string changing = "changing_daily";
        var file = DagFile.ByHand(changing).Add("count", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1"));
        file.Write(Site.Workflows);
        await Site.DagAsync(changing);
        await using var visitor = await OpenAsync(changing);
        await visitor.Page.Context.ClearCookiesAsync();
        file.Add("more", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 2")).Write(Site.Workflows);

        var again = visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Sign in again" });
        await Assertions.Expect(again).ToHaveAttributeAsync("href", $"/login?ReturnUrl=%2Fdags%2F{changing}");
        await visitor.PictureAsync("grid-session-over");
    }

    [Test]
    public async Task A_dag_whose_file_goes_while_it_is_open_says_so()
    {
        const string going = "going_daily";
        var file = DagFile.ByHand(going).Add("count", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1")).Write(Site.Workflows);
        await Site.DagAsync(going);
        await using var visitor = await OpenAsync(going);

        File.Delete(file);

        await Assertions.Expect(visitor.Page.GetByText("is gone, so this DAG runs no more.")).ToBeVisibleAsync();
        await Assertions.Expect(visitor.Page.GetByText("so it runs no more.", new() { Exact = false })).ToBeVisibleAsync();
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_dag_that_is_unknown_ends_in_words()
    {
        await using var visitor = await Visitor.SignInAsync();
        await visitor.Page.RouteAsync("**/ui/dags/**/grid*", async route => await route.ContinueAsync(new() { Url = $"{Site.Url}/ui/dags/unknown/grid" }));
        await visitor.OpenAsync($"/dags/{DagId}");

        await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("There is no DAG 'unknown'.");
    }

    [TestCase("", "canvas")]
    [TestCase("?tab=graph", ".graph-node")]
    public async Task Names_are_texts_whatever_they_hold(string query, string drawn)
    {
        await using var visitor = await Visitor.SignInAsync();
        await visitor.Page.RouteAsync("**/ui/dags/**/grid*", AnswerHostileAsync);
        await visitor.OpenAsync($"/dags/{DagId}{query}");

        await Assertions.Expect(visitor.Page.Locator(drawn).First).ToBeVisibleAsync();
        if (drawn == "canvas")
        {
            await visitor.Page.Locator("canvas").FocusAsync();
            await visitor.Page.Keyboard.PressAsync("End");
            await Assertions.Expect(visitor.Page.Locator(".drawing-tip")).ToContainTextAsync(Hostile);
        }
        await visitor.PictureAsync($"hostile-{drawn.TrimStart('.')}");
        Assert.That(await visitor.Page.EvaluateAsync<bool>("() => 'hit' in window || !!document.querySelector('main img, main script')"), Is.False);
    }

    private static async Task AnswerHostileAsync(IRoute route)
    {
        var answer = await route.FetchAsync();
        var json = JsonNode.Parse(await answer.TextAsync())!;
        json["tasks"] = new JsonArray(Hostile, $"{Hostile}.{new string('x', 250)}");
        json["activities"] = new JsonArray(Hostile, Hostile);
        json["upstream"] = new JsonArray(new JsonArray(), new JsonArray(0));
        json["runs"] = new JsonObject
        {
            ["id"] = new JsonArray(1),
            ["run_id"] = new JsonArray(Hostile),
            ["type"] = new JsonArray("manual"),
            ["state"] = "i",
            ["date"] = new JsonArray((JsonNode?)null),
            ["after"] = new JsonArray(0),
            ["start"] = new JsonArray(0),
            ["end"] = new JsonArray(1000),
            ["cells"] = new JsonArray("ia"),
            ["lengths"] = new JsonArray(new JsonArray(10, 10)),
        };
        await route.FulfillAsync(new() { Status = 200, ContentType = "application/json", Body = json.ToJsonString() });
    }

    private static async Task<Visitor> OpenAsync(string dagId = DagId)
    {
        var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync($"/dags/{dagId}");
        await LiveAsync(visitor);
        return visitor;
    }

    private static Task LiveAsync(Visitor visitor) => Assertions.Expect(visitor.Page.GetByTestId("live")).ToHaveTextAsync("● Live", new() { Timeout = 20_000 });
}
