using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>Human in the loop as people meet it: a badge, a list, a form, an answer that others see at once, and the command line.</summary>
[Category("Browser")]
public sealed class HitlTests
{
    private const string DagId = "approval_daily";
    private const string TriggeredId = "approval_child";

    [OneTimeSetUp]
    public async Task PrepareAsync()
    {
        await Site.UserAsync("bob", "user");
        DagFile.ByHand(TriggeredId).Add("nothing", "Empty").Write(Site.Workflows);
        DagFile.ByHand(DagId)
            .Add("approve", "Approval", ("subject", "Publish the sales of {{ run_id }}?"), ("body", "**1,204 rows** <b>were</b> loaded.\nThe day before had 1,198."),
                ("params", """{"comment": {"description": "Goes to the log", "schema": {"type": "string", "minLength": 3}}}"""))
            .Add("publish", "TriggerDagRun", ("triggerDagId", TriggeredId), ("triggerRunId", "of_{{ run_id }}"))
            .Add("channels", "Hitl", ("subject", "Tell whom?"), ("options", """["Sales","Finance","Nobody"]"""), ("multiple", "true"), ("assignedUsers", """["bob"]"""), ("executionTimeout", "1.00:00:00"), ("defaults", "Nobody"))
            .Connect("approve", "publish").Write(Site.Workflows);
        foreach (var dagId in new[] { DagId, TriggeredId })
        {
            await Site.DagAsync(dagId);
            await Site.RunAsync("dags", "unpause", dagId);
        }
    }

    [Test]
    public async Task A_question_is_found_answered_once_and_seen_by_all_who_look()
    {
        await using var admin = await Visitor.SignInAsync();
        await admin.OpenAsync("/required_actions");
        await Expect(admin.Page.Locator(".empty")).ToContainTextAsync("Nothing waits for a person.");
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", "first");

        // Nobody reloads: it comes by itself.
        await Expect(admin.Page.Locator("nav [data-testid=required-actions]").First).ToHaveTextAsync("2");
        await Expect(admin.Page.GetByTestId("required-actions-table").Locator("tbody tr")).ToHaveCountAsync(2);
        await admin.PictureAsync("required-actions");
        Assert.That(await admin.BarriersAsync(), Is.Empty);

        await using var bob = await Visitor.SignInAsync("bob");
        await bob.OpenAsync($"/dags/{DagId}/runs/first/tasks/approve");
        await Expect(bob.Page.GetByTestId("hitl")).ToContainTextAsync("1,204 rows <b>were</b> loaded.");
        await Expect(bob.Page.GetByTestId("hitl").Locator("strong")).ToHaveTextAsync("1,204 rows");
        await admin.Page.GetByRole(AriaRole.Link, new() { Name = "Publish the sales of first?" }).ClickAsync();
        await admin.Page.Locator("[data-option=Approve]").ClickAsync();
        await Expect(admin.Page.Locator(".mud-snackbar")).ToContainTextAsync("Param 'comment' is \"\" but must be 3 characters or longer.");
        await admin.Page.Locator("[data-param=comment] input").FillAsync("Looks good 🙂");
        await admin.PictureAsync("hitl-form");
        Assert.That(await admin.BarriersAsync(), Is.Empty);
        await admin.Page.Locator("[data-option=Approve]").ClickAsync();

        await Expect(bob.Page.GetByTestId("hitl-response")).ToContainTextAsync("admin");
        await Expect(bob.Page.GetByTestId("hitl-response")).ToContainTextAsync("Looks good 🙂");
        await Expect(bob.Page.Locator("h1 + .state-success")).ToBeVisibleAsync();
        await bob.PictureAsync("hitl-answered");
        Assert.That(await bob.BarriersAsync(), Is.Empty);

        // From the one list to the other, within the page.
        await admin.OpenAsync("/required_actions");
        await Expect(admin.Page.GetByTestId("required-actions-table").Locator("tbody tr")).ToHaveCountAsync(1);
        await admin.Page.GetByRole(AriaRole.Link, new() { Name = "Answered" }).ClickAsync();
        await Expect(admin.Page.GetByTestId("required-actions-table")).ToContainTextAsync("Approve");

        await bob.OpenAsync($"/dags/{DagId}/runs/first/tasks/publish");
        await Expect(bob.Page.GetByTestId("triggered")).ToHaveTextAsync("of_first");
        await bob.PictureAsync("triggered");
        await bob.Page.GetByTestId("triggered").ClickAsync();
        await Expect(bob.Page.Locator("h1")).ToContainTextAsync("of_first");

        await admin.OpenAsync($"/dags/{DagId}/runs/first/tasks/channels/required_actions");
        await Expect(admin.Page.GetByTestId("hitl")).ToContainTextAsync("You are not among those who may answer.");
        await Expect(admin.Page.GetByTestId("hitl").GetByRole(AriaRole.Button)).ToHaveCountAsync(0);
        await bob.OpenAsync($"/dags/{DagId}/runs/first/tasks/channels");
        await Expect(bob.Page.GetByLabel("Nobody")).ToBeCheckedAsync();
        await bob.Page.GetByLabel("Nobody").UncheckAsync();
        await bob.Page.GetByLabel("Finance").CheckAsync();
        await bob.Page.GetByLabel("Sales").CheckAsync();
        await bob.PictureAsync("hitl-several");
        await bob.Page.GetByTestId("respond").ClickAsync();
        await Expect(admin.Page.GetByTestId("hitl-response")).ToContainTextAsync("Sales, Finance");
        await admin.OpenAsync("/required_actions?answered=true");
        await Expect(admin.Page.GetByTestId("required-actions-table").Locator("tbody tr")).ToHaveCountAsync(2);
        await admin.PictureAsync("required-actions-answered");
        await Expect(admin.Page.Locator("[data-testid=required-actions]")).ToHaveCountAsync(0);
        Assert.That((admin.Complaints, bob.Complaints), Is.EqualTo((Array.Empty<string>(), Array.Empty<string>())));
    }

    [Test]
    public async Task The_command_line_lists_and_answers()
    {
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", "second");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!(await Site.RunAsync("tasks", "hitl", "list", "--dag-id", DagId, "-o", "json")).Contains("Publish the sales of second?", StringComparison.Ordinal)) patience.Token.ThrowIfCancellationRequested();
        Assert.That(await Site.RunAsync("tasks", "hitl", "respond", DagId, "second", "approve", "--option", "Reject", "--params-input", """{"comment": "too few rows"}"""),
            Does.Contain("chose Reject; the task goes on"));
        while (!(await Site.RunAsync("tasks", "state", DagId, "second", "publish")).Contains("skipped", StringComparison.Ordinal)) patience.Token.ThrowIfCancellationRequested();
        Assert.That(await Site.RunAsync("tasks", "hitl", "list", "--dag-id", DagId, "--answered"), Does.Contain("Reject"));
        await Site.MetadataAsync($"DELETE FROM pipelines.dag_run WHERE dag_id = '{DagId}' AND run_id = 'second'");
    }
}
