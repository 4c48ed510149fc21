using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.SignalR.Client;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;
using Pipelines.Storage.Access;
using Pipelines.Storage.Dags;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>Runs as Studio shows them.</summary>
public class RunTests
{
    private StudioSite _site = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _site = await StudioSite.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _site.DisposeAsync();

    [Test]
    public async Task A_failed_run_tells_what_failed_and_what_never_ran()
    {
        var created = await _site.Admin.CreateAsync("fails");
        created.With("good", "SqlQuery", ("connectionId", "own"), ("sql", "SELECT '{{ ds }}' AS day")).With("bad", "SqlQuery", ("connectionId", "own"), ("sql", "SELECT 1/0"))
            .With("after", "SqlQuery", ("connectionId", "own"), ("sql", "SELECT 1")).Connect("good", "bad").Connect("bad", "after");
        await _site.Admin.SaveAsync(created, publish: true);
        var id = await _site.Admin.ExecuteAsync("fails");
        var instance = await _site.EndAsync(id);

        var incident = instance["workflowState"]!["incidents"]!.AsArray().Single()!;
        Assert.That(((string?)instance["subStatus"], (string?)incident["activityNodeId"]), Is.EqualTo(("Faulted", "Workflow1:flow1:bad")));
        Assert.That((string?)incident["message"], Does.Contain("division by zero"));
        Assert.That((string?)instance["definitionVersionId"], Is.EqualTo((string?)(await _site.Admin.ReadAsync("/workflow-definitions/by-definition-id/fails"))["id"]));

        var journal = await _site.Admin.AskAsync($"/workflow-instances/{id}/journal?skip=0&take=110",
            JsonNode.Parse("""{"filter":{"activityNodeIds":["Workflow1:flow1:good","Workflow1:flow1:bad","Workflow1:flow1:after"],"excludedActivityTypes":["Elsa.Flowchart"],"eventNames":null}}"""));
        Assert.That(journal["items"]!.AsArray().Select(entry => $"{entry!["activityName"]} {entry["eventName"]}"),
            Is.EqualTo(new[] { "good Started", "good Completed", "bad Started", "bad Faulted", "after Upstream failed" }));

        var summaries = await _site.Admin.ReadAsync($"/activity-execution-summaries/list?WorkflowInstanceId={id}&ActivityNodeId=Workflow1:flow1:good");
        var record = await _site.Admin.ReadAsync($"/activity-executions/by-id?id={summaries["items"]![0]!["id"]}");
        Assert.That(((string?)record["status"], (int?)record["outputs"]!["row_count"]), Is.EqualTo(("Completed", 1)));
        Assert.That((string?)record["activityState"]!["sql"], Does.StartWith("SELECT '20"));
        var variables = await _site.Admin.ReadAsync($"/workflow-instances/{id}/variables");
        Assert.That(variables["items"]!.AsArray().Select(item => (string?)item!["name"]), Is.EqualTo(new[] { "good.return_value" }));
    }

    [Test]
    public async Task What_a_run_was_given_under_a_secret_name_is_shown_to_nobody_but_its_tasks_get_it()
    {
        var dagId = await _site.Admin.PublishQueryAsync("confided", "SELECT 1 / (length('{{ params.password }}') - 10) AS one");
        var conf = new JsonObject { ["day"] = "monday", ["password"] = "hunter22-17", ["nested"] = new JsonObject { ["api_token"] = "tok-12345" } };
        var answer = await _site.Admin.SendAsync($"/workflow-definitions/{dagId}/execute", new JsonObject { ["input"] = conf });
        var id = answer.Headers.GetValues("x-elsa-workflow-instance-id").Single();
        var instance = await _site.EndAsync(id);
        Assert.That((string?)instance["subStatus"], Is.EqualTo("Finished"), "the task had the password of 11 characters");
        await _site.Sql.ExecuteAsync(
            $$"""INSERT INTO pipelines.xcom (task_instance_id, key, value, created_at) SELECT id, 'session_token', '{"is": ["tok-12345"]}', now() FROM pipelines.task_instance WHERE dag_run_id = {{id}}""");

        var viewer = await _site.NewPersonAsync("curious", "viewer");
        var selection = new StringContent(new JsonObject { ["ids"] = new JsonArray(id) }.ToJsonString(), Encoding.UTF8, "application/json");
        using var archive = new ZipArchive(await (await viewer.PostAsync("/elsa/api/bulk-actions/export/workflow-instances", selection)).Content.ReadAsStreamAsync());
        using var exported = new StreamReader(archive.Entries.Single().Open());
        var events = await _site.Database.InTransactionAsync(tx => EventLogTable.PageAsync(tx, new EventFilter { DagId = dagId, Event = "trigger_dag_run" }, 1));
        var variables = (await viewer.ReadAsync($"/workflow-instances/{id}/variables")).ToJsonString();
        Assert.That(variables, Does.Contain("conf.password").And.Contain("query.session_token").And.Contain("monday"));
        foreach (var shown in (string[])
            [
                variables, (await viewer.ReadAsync($"/workflow-instances/{id}")).ToJsonString(), await viewer.GetStringAsync($"/elsa/api/workflow-instances/{id}/export"), await exported.ReadToEndAsync(),
                (await viewer.ReadAsync($"/activity-executions/list?WorkflowInstanceId={id}&ActivityNodeId=Workflow1:flow1:query")).ToJsonString(), events.Single().Extra!,
            ])
            Assert.That(shown, Does.Contain("***").And.Not.Contain("hunter22-17").And.Not.Contain("tok-12345"));
    }

    [Test]
    public async Task Running_a_paused_dag_unpauses_it_unless_the_page_around_says_no()
    {
        var dagId = await PausedAsync("asleep");
        var stays = _site.NewClient();
        stays.DefaultRequestHeaders.Authorization = _site.Admin.DefaultRequestHeaders.Authorization;
        stays.DefaultRequestHeaders.Add("Cookie", "pipelines_unpause=0");
        var waiting = await stays.ExecuteAsync(dagId);
        Assert.That((await _site.Database.InTransactionAsync(tx => DagTable.FindAsync(tx, dagId)))!.IsPaused, Is.True);
        Assert.That((string?)(await _site.Admin.ReadAsync($"/workflow-instances/{waiting}"))["subStatus"], Is.EqualTo("Pending"));

        var answer = await _site.Admin.SendAsync($"/workflow-definitions/{dagId}/execute");
        Assert.That(Uri.UnescapeDataString(answer.Headers.GetValues("x-pipelines-notice").Single()), Does.Contain("was paused and is not any more"));
        await _site.EndAsync(waiting);
    }

    [Test]
    public async Task A_run_that_is_refused_leaves_its_dag_paused()
    {
        var dagId = await PausedAsync("refused");
        await _site.Sql.ExecuteAsync($"UPDATE pipelines.dag_version SET file_text = '{{}}' WHERE dag_id = '{dagId}'");
        var answer = await _site.Admin.SendAsync($"/workflow-definitions/{dagId}/execute");
        Assert.That(await StudioCalls.RefusalAsync(answer, HttpStatusCode.Conflict), Does.Contain("cannot be read"));
        Assert.That(answer.Headers.GetValues("x-elsa-workflow-cannot-start"), Is.EqualTo(new[] { "true" }));
        Assert.That((await _site.Database.InTransactionAsync(tx => DagTable.FindAsync(tx, dagId)))!.IsPaused, Is.True);
    }

    [Test]
    public async Task A_run_whose_dag_cannot_be_unpaused_is_there_and_says_so()
    {
        var dagId = await PausedAsync("stuck");
        await _site.Sql.ExecuteAsync($"ALTER TABLE pipelines.dag ADD CONSTRAINT stuck CHECK (dag_id <> '{dagId}' OR is_paused)");
        var answer = await _site.Admin.SendAsync($"/workflow-definitions/{dagId}/execute");
        await _site.Sql.ExecuteAsync("ALTER TABLE pipelines.dag DROP CONSTRAINT stuck");
        Assert.That(answer.IsSuccessStatusCode, Is.True, await answer.Content.ReadAsStringAsync());
        Assert.That(Uri.UnescapeDataString(answer.Headers.GetValues("x-pipelines-notice").Single()), Does.Contain("could not be unpaused").And.Contain("waits"));
        var run = await _site.Admin.ReadAsync($"/workflow-instances/{answer.Headers.GetValues("x-elsa-workflow-instance-id").Single()}");
        Assert.That((string?)run["subStatus"], Is.EqualTo("Pending"));
    }

    [Test]
    public async Task A_run_with_params_that_do_not_fulfil_their_schema_is_a_400_with_a_sentence()
    {
        var created = await _site.Admin.CreateAsync("asks");
        await _site.Admin.SaveAsync(created.With("query", "SqlQuery", ("connectionId", "own"), ("sql", "SELECT 1")).Set("params", """{"days":{"value":1,"schema":{"type":"integer"} } }"""), publish: true);
        var answer = await _site.Admin.SendAsync("/workflow-definitions/asks/execute", JsonNode.Parse("""{"input":{"days":"many"}}"""));
        Assert.That(await StudioCalls.RefusalAsync(answer, HttpStatusCode.BadRequest), Is.EqualTo("Param 'days' is \"many\" but must be an integer."));
        Assert.That(answer.Headers.GetValues("x-elsa-workflow-cannot-start"), Is.EqualTo(new[] { "true" }));
        Assert.That(await _site.Database.InTransactionAsync(tx => Pipelines.Storage.Runs.DagRunQueries.NewestAsync(tx, "asks", 1)), Is.Empty);
    }

    [Test]
    public async Task What_is_only_a_draft_cannot_run_and_studio_can_say_so()
    {
        await _site.Admin.CreateAsync("only draft");
        var answer = await _site.Admin.SendAsync("/workflow-definitions/only_draft/execute");
        Assert.That(await StudioCalls.RefusalAsync(answer, HttpStatusCode.Conflict), Does.Contain("Publish it"));
        Assert.That(answer.Headers.GetValues("x-elsa-workflow-cannot-start"), Is.EqualTo(new[] { "true" }));
    }

    [Test]
    public async Task Runs_are_listed_filtered_cancelled_and_deleted()
    {
        var dagId = await _site.Admin.PublishQueryAsync("listed", "SELECT pg_sleep(60)");
        var id = await _site.Admin.ExecuteAsync(dagId);
        Assert.That(await ListAsync(new JsonObject { ["definitionIds"] = new JsonArray(dagId), ["statuses"] = new JsonArray("Running") }), Is.EqualTo(new[] { id }));
        await _site.Admin.RefusedAsync(HttpStatusCode.Conflict, "/bulk-actions/delete/workflow-instances/by-id", new JsonObject { ["ids"] = new JsonArray(id) });

        Assert.That((await _site.Admin.SendAsync($"/cancel/workflow-instances/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((string?)(await _site.Admin.ReadAsync($"/workflow-instances/{id}"))["subStatus"], Is.EqualTo("Faulted"));
        Assert.That(await ListAsync(new JsonObject { ["definitionId"] = dagId, ["hasIncidents"] = true, ["searchTerm"] = "MANUAL" }), Is.EqualTo(new[] { id }));
        Assert.That(await ListAsync(new JsonObject { ["definitionId"] = dagId, ["version"] = 2 }), Is.Empty);
        Assert.That((await _site.Admin.AskAsync("/workflow-instances", new JsonObject { ["page"] = int.MaxValue, ["pageSize"] = 1000 }))["items"]!.AsArray(), Is.Empty);
        Assert.That((await _site.Admin.SendAsync($"/cancel/workflow-instances/+{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));

        Assert.That(await _site.Admin.GetStringAsync($"/elsa/api/workflow-instances/{id}/export"), Does.Contain("\"subStatus\":\"Faulted\""));
        using var archive = new ZipArchive(await (await _site.Admin.SendAsync("/bulk-actions/export/workflow-instances", new JsonObject { ["ids"] = new JsonArray(id) })).Content.ReadAsStreamAsync());
        Assert.That(archive.Entries.Select(entry => entry.FullName), Is.EqualTo(new[] { $"{dagId}-{id}.json" }));

        Assert.That((await _site.Admin.DeleteAsync($"/elsa/api/workflow-instances/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await _site.Admin.GetAsync($"/elsa/api/workflow-instances/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Who_watches_a_run_is_told_of_its_changes()
    {
        var dagId = await _site.Admin.PublishQueryAsync("watched", "SELECT 1");
        await _site.Sql.ExecuteAsync("CREATE TABLE gate (id int)");
        await using var gate = await _site.Sql.OpenAsync();
        await using var closed = await gate.BeginTransactionAsync();
        await using (var close = gate.CreateCommand())
        {
            close.CommandText = "LOCK TABLE gate";
            await close.ExecuteNonQueryAsync();
        }
        var shown = await _site.Admin.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}");
        await _site.Admin.SaveAsync(shown.With("wait", "SqlQuery", ("connectionId", "own"), ("sql", "SELECT * FROM gate")), publish: true);
        var id = await _site.Admin.ExecuteAsync(dagId);

        var token = await _site.TokenAsync("admin");
        await using var hub = new HubConnectionBuilder().WithUrl($"{_site.Url}/elsa/hubs/workflow-instance", options => options.AccessTokenProvider = () => Task.FromResult<string?>(token)).Build();
        var (finished, updated, journal) = (NewSignal(), NewSignal(), NewSignal());
        hub.On<JsonObject>("ActivityExecutionLogUpdatedAsync", message =>
        {
            if (message["stats"]!.AsArray().Any(stats => (string?)stats!["activityId"] == "wait" && (int?)stats["completedCount"] == 1)) finished.TrySetResult();
        });
        hub.On<JsonObject>("WorkflowInstanceUpdatedAsync", message =>
        {
            if ((string?)message["workflowInstanceId"] == id) updated.TrySetResult();
        });
        hub.On<JsonObject>("WorkflowExecutionLogUpdatedAsync", _ => journal.TrySetResult());
        await hub.StartAsync();
        await hub.InvokeAsync("ObserveInstanceAsync", id);
        Assert.That(finished.Task.IsCompleted, Is.False);
        await closed.CommitAsync();

        await Task.WhenAll(finished.Task, updated.Task, journal.Task).WaitAsync(TimeSpan.FromSeconds(30));
    }

    private async Task<string> PausedAsync(string name)
    {
        var dagId = await _site.Admin.PublishQueryAsync(name, "SELECT 1");
        await _site.Get<SetDagPaused>().ExecuteAsync(dagId, true, new Actor("test", RunTriggeredBy.Cli), CancellationToken.None);
        return dagId;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<IEnumerable<string?>> ListAsync(JsonObject query)
    {
        query["page"] = 0;
        query["pageSize"] = 10;
        var list = await _site.Admin.AskAsync("/workflow-instances", query);
        Assert.That((int?)list["totalCount"], Is.EqualTo(list["items"]!.AsArray().Count));
        return list["items"]!.AsArray().Select(item => (string?)item!["id"]);
    }
}
