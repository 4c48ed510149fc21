using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>Runs come and go while a person looks at the grid of their DAG.</summary>
[Category("Browser")]
public sealed class GridChangeTests
{
    private const string DagId = "changing_runs";

    [Test]
    public async Task A_run_of_an_old_day_is_put_in_its_place_and_a_deleted_one_leaves()
    {
        DagFile.ByHand(DagId).Add("count", "SqlQuery", ("connectionId", "shop"), ("sql", "SELECT 1")).Write(Site.Workflows);
        await Site.DagAsync(DagId);
        await Site.RunAsync("dags", "unpause", DagId);
        await RunAsync("kept", "2026-02-01");
        await RunAsync("deleted", "2026-02-02");
        await using var visitor = await Visitor.SignInAsync();
        await visitor.OpenAsync($"/dags/{DagId}");
        await Assertions.Expect(visitor.Page.GetByTestId("live")).ToHaveTextAsync("● Live");
        await visitor.Page.EvaluateAsync("() => { window.here = true; }");
        await HearAsync(visitor, "End", "deleted");

        await RunAsync("old", "2026-01-05");
        await HearAsync(visitor, "Home", "old");
        await HearAsync(visitor, "End", "deleted");
        await DeleteAsync(visitor, "deleted");

        await HearAsync(visitor, "End", "kept");
        Assert.That(await visitor.Page.EvaluateAsync<bool>("() => window.here"), Is.True, "the page was not loaded again");
        Assert.That(visitor.Complaints, Is.Empty);
    }

    private static async Task DeleteAsync(Visitor visitor, string runId)
    {
        var id = (long)(await Site.MetadataAsync($"SELECT id FROM pipelines.dag_run WHERE dag_id = '{DagId}' AND run_id = '{runId}'"))!;
        var status = await visitor.Page.EvaluateAsync<int>("async id => (await fetch(`/elsa/api/workflow-instances/${id}`, { method: 'DELETE' })).status", id.ToString(CultureInfo.InvariantCulture));
        Assert.That(status, Is.EqualTo(204));
    }

    // A change is on its way to the grid while the key is pressed, so it is pressed until the grid has it.
    private static async Task HearAsync(Visitor visitor, string key, string runId)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var heard = visitor.Page.Locator("dag-grid .only-read[role=status]");
        await visitor.Page.Locator("canvas").FocusAsync();
        do
        {
            patience.Token.ThrowIfCancellationRequested();
            await visitor.Page.Keyboard.PressAsync(key);
        }
        while (!Regex.IsMatch(await heard.TextContentAsync() ?? "", $"Run {runId}\\b"));
    }

    private static async Task RunAsync(string runId, string logicalDate)
    {
        await Site.RunAsync("dags", "trigger", DagId, "--run-id", runId, "--logical-date", logicalDate);
        await Site.RunAsync("runs", "wait", DagId, runId);
    }
}
