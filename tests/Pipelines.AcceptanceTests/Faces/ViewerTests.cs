using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>Airflow's roles: what a person may not do is not offered, and refused when asked for all the same.</summary>
[Category("Browser")]
public sealed class ViewerTests
{
    private const string DagId = "seen_daily";

    private static readonly string[] RunButtons = ["trigger", "backfill", "clear", "retry", "mark-success", "mark-failed", "clear-run", "mark-run-failed", "mark-run-success", "edit-note", "start-backfill"];

    private static readonly string[] Looked =
    [
        "/", "/dags", $"/dags/{DagId}", $"/dags/{DagId}/runs/seen", $"/dags/{DagId}/runs/seen?edit=note", $"/dags/{DagId}/runs/seen/tasks/lose",
        $"/dags/{DagId}/backfills?from=2026-02-01&to=2026-02-03", "/backfills", "/assets", "/pools",
    ];

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        DagFile.Daily(DagId).Add("lose", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT pg_terminate_backend(pg_backend_pid())"), ("retries", "1"), ("retryDelay", "01:00:00")).Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", "seen", "--logical-date", "2026-03-01");
        foreach (var role in new[] { "viewer", "user", "op" }) await Site.UserAsync($"{role}_1", role);
    }

    [Test]
    public async Task A_viewer_sees_everything_that_happens_and_no_button()
    {
        await using var viewer = await Visitor.SignInAsync("viewer_1");
        foreach (var path in Looked)
        {
            await viewer.OpenAsync(path);
            await Expect(viewer.Page.Locator("h1").First).ToBeVisibleAsync();
            foreach (var button in RunButtons) Assert.That(await viewer.Page.GetByTestId(button).CountAsync(), Is.Zero, $"{button} on {path}");
            Assert.That(await viewer.Page.Locator("input[role=switch]:enabled, .switch input:enabled").CountAsync(), Is.Zero, path);
        }
        await Expect(viewer.Page.GetByRole(AriaRole.Navigation, new() { Name = "Main" }).GetByRole(AriaRole.Link)).Not.ToContainTextAsync(["Connections", "Users"]);
        Assert.That(viewer.Complaints, Is.Empty);
    }

    [TestCase("viewer_1", "/dags/seen_daily/trigger", "/connections", "/variables", "/users", "/audit")]
    [TestCase("user_1", "/connections", "/variables", "/users", "/audit")]
    [TestCase("op_1", "/users")]
    public async Task A_page_that_the_role_may_not_see_says_so(string who, params string[] paths)
    {
        await using var visitor = await Visitor.SignInAsync(who);
        foreach (var path in paths)
        {
            var answer = await visitor.Page.GotoAsync(path);
            Assert.That(answer!.Status, Is.EqualTo((int)HttpStatusCode.Forbidden), path);
            await Expect(visitor.Page.GetByRole(AriaRole.Heading, new() { Name = "You may not see this page" })).ToBeVisibleAsync();
        }
        await visitor.PictureAsync("forbidden-light");
        Assert.That(await visitor.BarriersAsync(), Is.Empty);
    }

    [TestCase("user_1", "/dags/seen_daily/trigger")]
    [TestCase("op_1", "/dags/seen_daily/trigger", "/connections", "/variables", "/audit")]
    public async Task A_page_that_the_role_may_see_opens(string who, params string[] paths)
    {
        await using var visitor = await Visitor.SignInAsync(who);
        foreach (var path in paths) await visitor.OpenAsync(path);
        await visitor.OpenAsync($"/dags/{DagId}/runs/seen/tasks/lose");
        await Expect(visitor.Page.GetByTestId("retry")).ToBeVisibleAsync();
        Assert.That(visitor.Complaints, Is.Empty);
    }

    [Test]
    public async Task A_switch_that_a_viewer_forces_open_in_the_browser_changes_nothing()
    {
        await using var viewer = await Visitor.SignInAsync("viewer_1");
        await viewer.OpenAsync("/dags?q=seen_daily");
        var pause = viewer.Page.Locator(".switch input").First;
        await pause.EvaluateAsync("box => { box.disabled = false; }");

        await pause.EvaluateAsync("box => { box.checked = false; box.dispatchEvent(new Event('change', { bubbles: true })); }");

        await Expect(viewer.Page.GetByText("Your role does not allow this")).ToBeVisibleAsync();
        Assert.That(await Site.MetadataAsync($"SELECT is_paused FROM pipelines.dag WHERE dag_id = '{DagId}'"), Is.False);
    }

    [TestCase("viewer_1")]
    [TestCase("user_1")]
    public async Task In_Hangfire_who_may_not_configure_only_looks(string who)
    {
        await using var visitor = await Visitor.SignInAsync(who);
        await visitor.Page.GotoAsync("/hangfire/retries");
        await Expect(visitor.Page.Locator("body")).ToContainTextAsync($"{DagId}.lose [seen]");
        await Expect(visitor.Page.Locator("input[type=checkbox], .js-jobs-list-command")).ToHaveCountAsync(0);
        await visitor.PictureAsync("hangfire-read-only");
        var job = await Site.MetadataAsync($"SELECT ti.hangfire_job_id FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = '{DagId}' AND r.run_id = 'seen'");

        foreach (var command in new[] { "jobs/scheduled/enqueue", "jobs/failed/requeue", "jobs/failed/delete", "jobs/enqueued/delete", "jobs/scheduled/delete" })
        {
            var answer = await visitor.Context.APIRequest.PostAsync($"/hangfire/{command}", new() { Form = visitor.Context.APIRequest.CreateFormData().Append("jobs[]", (string)job!) });
            Assert.That(answer.Status, Is.AnyOf(401, 403), command);
        }
        Assert.That(await Site.MetadataAsync($"SELECT ti.state FROM pipelines.task_instance ti JOIN pipelines.dag_run r ON r.id = ti.dag_run_id WHERE r.dag_id = '{DagId}' AND r.run_id = 'seen'"), Is.EqualTo("up_for_retry"));
    }

    [TestCase("viewer_1", true)]
    [TestCase("user_1", false)]
    [TestCase("op_1", false)]
    public async Task In_the_designer_who_is_no_author_writes_nothing(string who, bool mayNotRun)
    {
        await using var visitor = await Visitor.SignInAsync(who);
        string[] authoring =
        [
            "POST /workflow-definitions", $"POST /workflow-definitions/{DagId}/publish", $"POST /workflow-definitions/{DagId}/retract", $"POST /workflow-definitions/{DagId}/revert/1", "POST /workflow-definitions/import",
            $"DELETE /workflow-definitions/{DagId}", "POST /bulk-actions/publish/workflow-definitions/by-definition-ids", "POST /bulk-actions/delete/workflow-definitions/by-definition-id", "POST /tests/activities",
        ];
        string[] running = [$"POST /workflow-definitions/{DagId}/execute", "POST /cancel/workflow-instances/1", "DELETE /workflow-instances/1"];

        foreach (var request in mayNotRun ? [.. authoring, .. running] : authoring)
        {
            // Asked from a page of ours, as the designer does, so that only the role can be the reason.
            var status = await visitor.Page.EvaluateAsync<int>(
                "async ([method, path]) => (await fetch('/elsa/api' + path, { method, headers: { 'Content-Type': 'application/json' }, body: '{}' })).status", request.Split(' '));
            Assert.That(status, Is.EqualTo((int)HttpStatusCode.Forbidden), request);
        }
        Assert.That(File.Exists(Path.Combine(Site.Workflows, $"{DagId}.json")), Is.True);
    }

    [Test]
    public async Task Without_a_session_nothing_of_ours_answers()
    {
        await using var stranger = await Site.Chromium.NewContextAsync(new() { BaseURL = Site.Url });
        foreach (var path in new[] { $"/ui/dags/{DagId}/runs/seen/tasks/lose/log", $"/ui/dags/{DagId}/runs/seen/tasks/lose/log/lines", "/ui/session" })
            Assert.That((await stranger.APIRequest.GetAsync(path, new() { MaxRedirects = 0 })).Status, Is.EqualTo(401), path);
        foreach (var path in Looked.Append("/users"))
            Assert.That((await stranger.APIRequest.GetAsync(path, new() { MaxRedirects = 0 })).Headers["location"], Does.Match(new Regex("/login\\?ReturnUrl=")), path);
    }
}
