using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>A person looks at one DAG: its grid, its graph, and what happens while they are open.</summary>
[Category("Browser")]
public sealed partial class GridTests
{
    private const string DagId = "grid_daily";
    private const string First = "first";
    private const string Overlaps =
        """
        () => {
          const boxes = [...document.querySelectorAll('.graph-node')].map(node => node.getBoundingClientRect());
          return boxes.filter((one, at) => boxes.some((other, place) => place !== at
            && one.left < other.right && other.left < one.right && one.top < other.bottom && other.top < one.bottom)).length;
        }
        """;

    private static readonly string LongTask = new('n', 250);

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        (string, string)[] select = [("connectionId", "shop"), ("sql", "SELECT 7 AS seven")];
        DagFile.ByHand(DagId).Add("count", "SqlQuery", select).Add("load.orders", "SqlQuery", select).Add("load.items", "SqlQuery", select).Add(LongTask, "SqlQuery", select)
            .Connect("count", "load.orders").Connect("count", "load.items").Connect("load.orders", LongTask).Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
        await RunAsync(First, "2026-02-01");
    }

    [Test]
    public async Task A_run_that_starts_elsewhere_reaches_the_open_grid_and_a_key_opens_its_task()
    {
        await using var visitor = await OpenAsync($"/dags/{DagId}");
        await visitor.Page.EvaluateAsync("() => { window.here = true; window.before = document.querySelector('canvas').toDataURL(); }");
        await RunAsync("second", "2026-02-02");
        await visitor.Page.WaitForFunctionAsync("() => document.querySelector('canvas').toDataURL() !== window.before");

        // Rows: count, the group, its two tasks, the long one.
        await PressAsync(visitor, "End", "ArrowDown", "ArrowDown");
        await Assertions.Expect(Heard(visitor)).ToHaveTextAsync(new Regex("^load.items, success, .*Run second"));
        Assert.That(await visitor.Page.EvaluateAsync<bool>("() => window.here"), Is.True, "the page was not loaded again");
        await visitor.PictureAsync("grid-keyboard");
        await visitor.Page.Keyboard.PressAsync("Enter");

        await visitor.Page.WaitForURLAsync($"**/dags/{DagId}/runs/second/tasks/load.items");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task The_mouse_finds_a_link_under_each_cell_and_a_group_closes()
    {
        await using var visitor = await OpenAsync($"/dags/{DagId}");
        await PressAsync(visitor, "Home", "ArrowDown");
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Heard(visitor)).ToHaveTextAsync("Group load, 2 tasks, closed");
        await visitor.Page.ReloadAsync();
        await LiveAsync(visitor);
        await PressAsync(visitor, "Home", "ArrowDown", "ArrowDown");
        await Assertions.Expect(Heard(visitor)).ToHaveTextAsync(new Regex($"^{LongTask}, success"));

        var canvas = (await visitor.Page.Locator("canvas").BoundingBoxAsync())!;
        var names = await visitor.Page.EvaluateAsync<float>("() => Math.min(280, document.querySelector('dag-grid').clientWidth * 0.32)");
        await visitor.Page.Mouse.MoveAsync(canvas.X + names + 12, canvas.Y + 100);
        var link = visitor.Page.Locator("a.drawing-link");
        await Assertions.Expect(link).ToHaveAttributeAsync("href", $"/dags/{DagId}/runs/{First}/tasks/count");
        await Assertions.Expect(visitor.Page.Locator(".drawing-tip")).ToContainTextAsync("success");
        var opened = await visitor.Page.Context.RunAndWaitForPageAsync(() => link.ClickAsync(new() { Modifiers = [KeyboardModifier.Control] }));
        Assert.That(opened.Url, Does.EndWith($"/runs/{First}/tasks/count"));
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task Filters_and_the_selected_run_stand_in_the_address_and_survive_a_reload()
    {
        await using var visitor = await OpenAsync($"/dags/{DagId}");
        await PressAsync(visitor, "Home");
        await visitor.Page.Keyboard.PressAsync("Space");
        await visitor.Page.WaitForURLAsync($"**&run={First}");
        await visitor.Page.Locator("select[name=state]").SelectOptionAsync("failed");
        await visitor.Page.Locator("select[name=runs]").SelectOptionAsync("14");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await visitor.Page.WaitForURLAsync("**state=failed**");
        await Assertions.Expect(visitor.Page.GetByText("No run fits the filter.")).ToBeVisibleAsync();

        await visitor.Page.ReloadAsync();
        await Assertions.Expect(visitor.Page.GetByText("No run fits the filter.")).ToBeVisibleAsync();
        Assert.That(await visitor.Page.Locator("select[name=state]").InputValueAsync(), Is.EqualTo("failed"));
        Assert.That(await visitor.Page.Locator("select[name=runs]").InputValueAsync(), Is.EqualTo("14"));
        await Assertions.Expect(visitor.Page.Locator(".chosen-run")).ToContainTextAsync(First);
        await visitor.PictureAsync("grid-no-run-fits");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "In the graph" }).ClickAsync();

        await Assertions.Expect(Node(visitor, "count")).ToHaveAttributeAsync("href", $"/dags/{DagId}/runs/{First}/tasks/count");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task The_table_beside_it_says_the_same_in_links()
    {
        await using var visitor = await OpenAsync($"/dags/{DagId}");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "As a table" }).ClickAsync();

        await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Link, new() { Name = $"load.items, {First}: success" })).ToHaveAttributeAsync("href", $"/dags/{DagId}/runs/{First}/tasks/load.items");
        Assert.That(await visitor.BarriersAsync(), Is.Empty);
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task The_graph_shows_states_finds_a_task_and_leads_to_it()
    {
        await using var visitor = await OpenAsync($"/dags/{DagId}?tab=graph&run={First}", "dag-graph");
        await Assertions.Expect(Node(visitor, "load.orders")).ToContainTextAsync("✓ success");
        Assert.That(await visitor.Page.Locator(".graph-edges path[marker-end]").CountAsync(), Is.EqualTo(3));
        await Assertions.Expect(visitor.Page.Locator(".graph-group")).ToHaveTextAsync("load");
        await visitor.PictureAsync("graph");
        Assert.That(await visitor.BarriersAsync(), Is.Empty);
        await visitor.Page.GetByLabel("Find a task").FillAsync("items");
        await Assertions.Expect(visitor.Page.GetByText("1 found")).ToBeVisibleAsync();
        await Assertions.Expect(Node(visitor, "load.items")).ToHaveClassAsync(FoundClass());
        await Node(visitor, "load.items").ClickAsync();

        await visitor.Page.WaitForURLAsync($"**/runs/{First}/tasks/load.items");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_task_that_is_added_to_the_file_shows_up_in_the_open_graph()
    {
        const string dagId = "growing_daily";
        var file = DagFile.ByHand(dagId).Add("count", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1"));
        file.Write(Site.Workflows);
        await Site.DagAsync(dagId);
        await using var visitor = await OpenAsync($"/dags/{dagId}?tab=graph", "dag-graph");
        await Assertions.Expect(visitor.Page.Locator(".graph-node")).ToHaveTextAsync(["countSqlQuery"]);

        file.Add("more", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 2")).Connect("count", "more").Write(Site.Workflows);

        await Assertions.Expect(visitor.Page.Locator(".graph-node")).ToHaveTextAsync(["countSqlQuery", "moreSqlQuery"], new() { Timeout = 20_000 });
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task Two_hundred_tasks_in_groups_are_drawn_apart_from_each_other()
    {
        const string dagId = "two_hundred";
        var file = DagFile.ByHand(dagId);
        for (var task = 0; task < 200; task++) file.Add(Name(task), "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1"));
        for (var task = 7; task < 200; task++) file.Connect(Name(task - 7), Name(task));
        file.Write(Site.Workflows);
        await Site.DagAsync(dagId);
        await using var visitor = await OpenAsync($"/dags/{dagId}?tab=graph", "dag-graph");

        await Assertions.Expect(visitor.Page.Locator(".graph-node")).ToHaveCountAsync(200);
        Assert.That(await visitor.Page.EvaluateAsync<int>(Overlaps), Is.Zero, "nodes that lie on another");
        await visitor.PictureAsync("graph-200");
        Assert.That(await visitor.BarriersAsync(), Is.Empty);
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "As a table" }).ClickAsync();
        await Assertions.Expect(visitor.Page.Locator("tbody tr")).ToHaveCountAsync(200);
        Assert.That(visitor.Complaints, Is.Empty);

        static string Name(int task) => $"area_{task / 40}.part_{task / 10}.task_{task:000}";
    }

    [Test]
    public async Task On_a_phone_both_drawings_fit_and_have_no_barrier()
    {
        await using var phone = await Visitor.SignInAsync(dark: true, width: 390, height: 844);
        foreach (var (path, drawing) in new[] { ($"/dags/{DagId}", "dag-grid"), ($"/dags/{DagId}?tab=graph", "dag-graph") })
        {
            await phone.OpenAsync(path);
            await LiveAsync(phone);
            await phone.Page.Locator(drawing).ScrollIntoViewIfNeededAsync();
            await phone.PictureAsync($"{drawing}-phone");
            Assert.That(await phone.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"), Is.True, "the page itself does not scroll sideways");
            Assert.That(await phone.BarriersAsync(), Is.Empty);
        }
        Assert.That(phone.Complaints, Is.Empty);
    }

    private static async Task<Visitor> OpenAsync(string path, string drawing = "dag-grid")
    {
        var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync(path);
        await LiveAsync(visitor);
        await Assertions.Expect(visitor.Page.Locator(drawing)).ToBeVisibleAsync();
        return visitor;
    }

    private static Task LiveAsync(Visitor visitor) => Assertions.Expect(visitor.Page.GetByTestId("live")).ToHaveTextAsync("● Live");

    private static ILocator Heard(Visitor visitor) => visitor.Page.Locator("dag-grid .only-read[role=status]");

    private static ILocator Node(Visitor visitor, string taskId) => visitor.Page.Locator($"a.graph-node[title^='{taskId}:']");

    private static async Task PressAsync(Visitor visitor, params string[] keys)
    {
        await visitor.Page.Locator("canvas").FocusAsync();
        foreach (var key in keys) await visitor.Page.Keyboard.PressAsync(key);
    }

    private static async Task RunAsync(string runId, string logicalDate)
    {
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", runId, "--logical-date", logicalDate);
        await Site.RunAsync("runs", "wait", DagId, runId);
    }

    [GeneratedRegex(@"\bfound\b")]
    private static partial Regex FoundClass();
}
