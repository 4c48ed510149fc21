using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>One task instance's page: a running task is followed, a failed one explains itself, and each button says what it will do.</summary>
[Category("Browser")]
public sealed class TaskTests
{
    private const string DagId = "task_daily";

    private const string Facts =
        """
        [{"Name":"Table","Value":"dw.orders"},{"Name":"Column","Value":"note, VARCHAR(8)"},{"Name":"Row","Value":"line 3 of s3://lake/part-00000.csv.gz"},
        {"Name":"Value","Value":"<b>far too long</b> (22 bytes)"},{"Name":"Cause","Value":"String length exceeds DDL length (code 1204)"},{"Name":"Fix","Value":"Make the column longer (ALTER TABLE dw.orders ALTER COLUMN \"note\" TYPE VARCHAR(256);)."}]
        """;

    private Gate _gate = null!;

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        _gate = await Gate.CloseAsync(Site.Source.ConnectionString());
        DagFile.Daily(DagId)
            .Add("wait", "SqlQuery", ("connectionId", "shop"), ("sql", $"SELECT 1 AS one; {_gate.Sql}; SELECT 2 AS two"))
            .Add("break", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 'seven'::int"))
            .Add("lose", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT pg_terminate_backend(pg_backend_pid())"), ("retries", "1"), ("retryDelay", "01:00:00"))
            .Add("after", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 3"))
            .Connect("lose", "after").Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
    }

    [OneTimeTearDown]
    public async Task OpenAsync() => await _gate.DisposeAsync();

    [Test]
    public async Task A_running_task_is_followed_and_a_failed_one_explains_itself()
    {
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", "live", "--logical-date", "2026-03-01");
        await using var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync($"/dags/{DagId}/runs/live/tasks/wait");
        var log = visitor.Page.GetByTestId("log");
        await Expect(log).ToContainTextAsync("Statement 1 of 3");
        await Expect(visitor.Page.GetByTestId("follow")).ToBeCheckedAsync();
        await visitor.PictureAsync("task-running");
        await FillAsync("live", "wait", 20);
        await visitor.Page.ReloadAsync();
        await Expect(log).ToContainTextAsync("line 499 of chunk 119");
        await log.EvaluateAsync("box => { box.scrollTop = 100; }");
        await Expect(visitor.Page.GetByTestId("follow")).Not.ToBeCheckedAsync();
        await visitor.Page.GetByTestId("follow").CheckAsync();
        await visitor.Page.WaitForFunctionAsync("box => box.scrollHeight - box.scrollTop - box.clientHeight < 8", await log.ElementHandleAsync());

        await _gate.OpenAsync();
        await Expect(log).ToContainTextAsync("Marked success");
        await Expect(visitor.Page.Locator("h1 + .state-success")).ToBeVisibleAsync();

        await visitor.OpenAsync($"/dags/{DagId}/runs/live/tasks/lose");
        await Expect(visitor.Page.GetByTestId("failure")).ToContainTextAsync("Attempt 1 failed");
        await Expect(visitor.Page.GetByTestId("why")).ToContainTextAsync("Waits for its retry at");
        await visitor.PictureAsync("task-retry");
        await visitor.Page.GetByTestId("retry").ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Alertdialog)).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Escape");
        await Expect(visitor.Page.GetByRole(AriaRole.Alertdialog)).ToHaveCountAsync(0);
        await Expect(visitor.Page.GetByTestId("retry")).ToBeFocusedAsync();
        await visitor.Page.GetByTestId("retry").ClickAsync();
        await visitor.Page.GetByTestId("confirm").ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Navigation, new() { Name = "Attempts" }).GetByRole(AriaRole.Link)).ToHaveCountAsync(2);
        await Expect(visitor.Page.Locator("h1 + .state-failed")).ToBeVisibleAsync();

        await visitor.Page.GetByTestId("clear").ClickAsync();
        await Expect(visitor.Page.GetByTestId("affected")).ToHaveTextAsync("2 tasks");
        await visitor.Page.GetByTestId("clear-downstream").UncheckAsync();
        await Expect(visitor.Page.GetByTestId("affected")).ToHaveTextAsync("1 task");
        await visitor.PictureAsync("task-clear");
        Assert.That(await visitor.BarriersAsync(), Is.Empty);
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_failed_load_shows_table_column_row_value_cause_and_fix_on_top()
    {
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", "facts", "--logical-date", "2026-03-02");
        await using var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync($"/dags/{DagId}/runs/facts/tasks/break");
        await Expect(visitor.Page.GetByTestId("failure")).ToBeVisibleAsync();
        await Site.MetadataAsync($"UPDATE pipelines.task_attempt SET error_facts = '{Facts}' WHERE id = (SELECT max(a.id) FROM pipelines.task_attempt a JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.run_id = 'facts' AND ti.task_id = 'break')");

        await visitor.Page.ReloadAsync();

        var failure = visitor.Page.GetByTestId("failure");
        await Expect(failure.Locator("dt")).ToHaveTextAsync(["Table", "Column", "Row", "Value", "Cause", "Fix"]);
        await Expect(failure.Locator("dd").Nth(3)).ToHaveTextAsync("<b>far too long</b> (22 bytes)");
        await visitor.PictureAsync("task-failed-load");
        Assert.That(await visitor.BarriersAsync(), Is.Empty);

        await visitor.OpenAsync($"/dags/{DagId}/runs/facts?edit=note");
        await visitor.Page.GetByTestId("note-text").FillAsync("Looked at it: <i>the source sent</i> longer notes 🙂");
        await visitor.Page.GetByTestId("save-note").ClickAsync();
        await Expect(visitor.Page.GetByTestId("note")).ToContainTextAsync("<i>the source sent</i> longer notes 🙂");
        await visitor.PictureAsync("run-failed");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_log_of_a_hundred_megabytes_opens_with_its_end_scrolls_and_is_found_in()
    {
        await using var visitor = await Visitor.SignInAsync();
        await OpenLongLogAsync(visitor, "long", "2026-03-03");

        var pieces = new List<IResponse>();
        void Collect(object? page, IResponse response)
        {
            if (response.Url.Contains("/lines?", StringComparison.Ordinal)) pieces.Add(response);
        }
        visitor.Page.Response += Collect;
        await visitor.Page.ReloadAsync();
        var log = visitor.Page.GetByTestId("log");
        await Expect(log).ToContainTextAsync("line 499 of chunk 2299");
        await Expect(visitor.Page.GetByTestId("log-status")).ToContainTextAsync("MB, more above");
        visitor.Page.Response -= Collect;
        Assert.That((await Task.WhenAll(pieces.Select(piece => piece.BodyAsync()))).Sum(piece => piece.Length), Is.InRange(1, 2 << 20), "what lies above the end is not read");
        await visitor.PictureAsync("task-long-log");

        for (var scroll = 0; scroll < 12; scroll++)
        {
            var first = await log.Locator("[data-at]").First.GetAttributeAsync("data-at");
            await log.EvaluateAsync("box => { box.scrollTop = 0; }");
            await Expect(log.Locator("[data-at]").First).Not.ToHaveAttributeAsync("data-at", first!);
        }
        Assert.That(await log.Locator("[data-at]").CountAsync(), Is.LessThan(8000), "far lines leave the page");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(log).ToContainTextAsync("attempt 1 of 1");

        await visitor.Page.GetByTestId("find").FillAsync("needle");
        await visitor.Page.GetByTestId("find").PressAsync("Enter");
        await Expect(visitor.Page).ToHaveURLAsync(new Regex("find=needle"));
        await Expect(visitor.Page.GetByTestId("log-status")).ToContainTextAsync("in the first 16");
        var further = visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Look further" });
        while (await further.IsVisibleAsync())
        {
            var said = await visitor.Page.GetByTestId("log-status").TextContentAsync();
            await further.ClickAsync();
            await Expect(visitor.Page.GetByTestId("log-status")).Not.ToHaveTextAsync(said!);
        }
        await Expect(visitor.Page.GetByTestId("log-status")).ToContainTextAsync("2 lines fit, in all");
        await log.GetByRole(AriaRole.Link).First.ClickAsync();
        await Expect(log.Locator(".marked")).ToContainTextAsync("needle");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_long_log_is_downloaded_whole_in_little_memory()
    {
        await using var visitor = await Visitor.SignInAsync();
        await OpenLongLogAsync(visitor, "down", "2026-03-04");
        var before = Site.HostMemory();

        var download = await visitor.Page.RunAndWaitForDownloadAsync(() => visitor.Page.GetByTestId("download").ClickAsync());

        var file = await download.PathAsync();
        Assert.That(download.SuggestedFilename, Is.EqualTo($"{DagId}.break.down.try1.log"));
        Assert.That(new FileInfo(file).Length, Is.GreaterThan(100 << 20));
        Assert.That(File.ReadLines(file).Last(), Does.EndWith("line 499 of chunk 2299, and some text to make it as long as lines are"));
        Assert.That(Site.HostMemory() - before, Is.LessThan(200 << 20));
    }

    /// <summary>Opens the page of a task that has failed, and makes its log longer than 100 MB meanwhile.</summary>
    private static async Task OpenLongLogAsync(Visitor visitor, string run, string logicalDate)
    {
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", run, "--logical-date", logicalDate);
        await visitor.OpenAsync($"/dags/{DagId}/runs/{run}/tasks/break");
        await Expect(visitor.Page.GetByTestId("log")).ToContainTextAsync("Marked failed");
        await FillAsync(run, "break", 2200);
    }

    /// <summary>Makes the log of a task longer by chunks of 500 lines, as if its limit were higher.</summary>
    private static Task<object?> FillAsync(string run, string task, int chunks) => Site.MetadataAsync(
        $$$"""
        INSERT INTO pipelines.log_chunk (day, attempt_id, chunk, content)
        SELECT (a.start_date AT TIME ZONE 'UTC')::date, a.id, c, (
            SELECT string_agg('{"t":"2026-03-03T00:00:00.000+00:00","l":"' || CASE WHEN l = 7 THEN 'warning' ELSE 'info' END || '","m":"line ' || l || ' of chunk ' || c
                || CASE WHEN l = 300 AND c IN (900, 1500) THEN ' needle' ELSE '' END || ', and some text to make it as long as lines are"}', E'\n' ORDER BY l) FROM generate_series(0, 499) l)
        FROM generate_series(100, {{{99 + chunks}}}) c, pipelines.task_attempt a JOIN pipelines.task_instance ti ON ti.id = a.task_instance_id JOIN pipelines.dag_run r ON r.id = ti.dag_run_id
        WHERE r.dag_id = '{{{DagId}}}' AND r.run_id = '{{{run}}}' AND ti.task_id = '{{{task}}}'
        """);
}
