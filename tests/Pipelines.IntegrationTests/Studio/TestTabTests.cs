using System.Text.Json.Nodes;
using Pipelines.Storage.Access;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>The Test tab: one activity, really run, and nothing left of it.</summary>
public class TestTabTests
{
    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task A_query_of_a_draft_really_runs_on_the_last_complete_interval_and_leaves_no_run()
    {
        var draft = (await _site.Admin.CreateAsync("tried")).Set("schedule", "0 0 * * *").Set("timetable", "cron_data_interval").Set("startDate", "2026-01-01")
            .With("query", "SqlQuery", ("connectionId", "own"), ("sql", "SELECT '{{ data_interval_start | ds }}' AS day, 6 * 7 AS answer"));
        await _site.Admin.SaveAsync(draft);

        var result = await TestAsync(draft, "query");
        var yesterday = DateTime.UtcNow.Date.AddDays(-1);
        Assert.That((string?)result["status"], Is.EqualTo("Completed"), result.ToJsonString());
        Assert.That(((int?)result["outputs"]!["rows"]![0]!["answer"], (string?)result["outputs"]!["rows"]![0]!["day"]), Is.EqualTo((42, $"{yesterday:yyyy-MM-dd}")));
        var state = result["activityState"]!;
        Assert.That((string?)state["Interval"], Is.EqualTo($"{yesterday:yyyy-MM-dd}T00:00:00Z – {yesterday.AddDays(1):yyyy-MM-dd}T00:00:00Z"));
        Assert.That((string?)state["Log"], Does.Contain("Test of task 'query' of DAG 'tried' on the last complete interval").And.Contain("Statement 1 of 1"));
        Assert.That((string?)state["Input sql"], Does.Contain($"'{yesterday:yyyy-MM-dd}'"));
        Assert.That(await _site.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.dag_run WHERE dag_id = 'tried'"), Is.Zero);
        Assert.That(await _site.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.task_attempt"), Is.Zero);
        var logged = (await _site.Database.InTransactionAsync(tx => EventLogTable.NewestAsync(tx, 50))).First(entry => entry.Name == "test_activity");
        Assert.That((logged.Owner, logged.DagId, logged.TaskId, logged.RunId!.StartsWith("test__", StringComparison.Ordinal)), Is.EqualTo(("admin", "tried", "query", true)));
    }

    [Test]
    public async Task An_error_comes_back_in_words_without_secrets()
    {
        var draft = (await _site.Admin.CreateAsync("tried badly")).With("query", "SqlQuery", ("connectionId", "own"), ("sql", "SELECT *\nFROM nowhere")).With("other", "SqlQuery");
        await _site.Admin.SaveAsync(draft);
        var result = await TestAsync(draft, "query");
        Assert.That((string?)result["status"], Is.EqualTo("Faulted"));
        Assert.That((string?)result["exception"]!["message"], Does.Contain("line 2").And.Contain("nowhere"));
        Assert.That((string?)result["activityState"]!["Log"], Does.Contain("as if nothing were upstream"), "another task of the draft is not finished");
    }

    [Test]
    public async Task A_branch_tells_what_it_would_follow_and_an_unknown_task_is_named()
    {
        var draft = (await _site.Admin.CreateAsync("forked")).With("choose", "Branch", ("condition", "{{ 1 > 2 }}")).With("pick", "Branch", ("followTaskIds", "{{ 'laod' }}"))
            .With("load", "Empty").With("other", "Empty").Connect("choose", "load", "True").Connect("choose", "other", "False").Connect("pick", "load");
        await _site.Admin.SaveAsync(draft);
        var result = await TestAsync(draft, "choose");
        Assert.That((string?)result["status"], Is.EqualTo("Completed"), result.ToJsonString());
        Assert.That(result["outputs"]!["skipmixin_key"]!.ToJsonString(), Is.EqualTo("""{"followed":["other"]}"""));
        Assert.That((string?)result["activityState"]!["Log"], Does.Contain("counts as false").And.Contain("'choose' followed 'other'; skipped: load."));
        Assert.That((string?)(await TestAsync(draft, "pick"))["exception"]!["message"], Does.Contain("Did you mean 'load'?"));
    }

    [TestCase("other", "something in it")]
    [TestCase("load", "is not run as a test")]
    [TestCase("dag", "not in what is saved")]
    [TestCase("nothing", "not in what is saved")]
    public async Task What_cannot_be_tested_says_why(string activity, string words)
    {
        var draft = (await _site.Admin.CreateAsync("untestable")).With("other", "SqlQuery").With("load", "CopyToRedshift", ("table", "public.t"));
        await _site.Admin.SaveAsync(draft);
        var result = await TestAsync(draft, activity);
        Assert.That(((string?)result["status"], (string?)result["exception"]!["message"]), Is.EqualTo(("Faulted", (string?)result["exception"]!["message"])));
        Assert.That((string?)result["exception"]!["message"], Does.Contain(words));
    }

    private Task<JsonObject> TestAsync(JsonObject definition, string activityId) => _site.Admin.TestAsync(definition, activityId);
}
