using System.Net;
using System.Text.Json.Nodes;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Runs;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Studio;

/// <summary>Activities that run code: refused to the designer unless the host lets it, and never telling a secret.</summary>
public sealed class CodeTests
{
    [Test]
    public async Task The_designer_neither_publishes_nor_tests_code_unless_it_may()
    {
        await using var site = await StudioSite.StartAsync();
        var draft = (await site.Admin.CreateAsync("coded")).With("script", "Bash", ("bashCommand", "echo ran"));
        await site.Admin.SaveAsync(draft);

        var words = await site.Admin.RefusedAsync(HttpStatusCode.BadRequest, "/workflow-definitions/coded/publish");
        Assert.That(words, Does.Contain("Task 'script' is of type Bash").And.Contain("PIPELINES_DESIGNER_ALLOW_CODE"));
        Assert.That(File.Exists(site.PathOf("coded")), Is.False);
        var tested = await site.Admin.TestAsync(draft, "script");
        Assert.That((string?)tested["status"], Is.EqualTo("Faulted"));
        Assert.That((string?)tested["exception"]!["message"], Does.Contain("PIPELINES_DESIGNER_ALLOW_CODE"));
    }

    [TestCase("onFailureCallback", """[{"type": "Bash", "bashCommand": "echo ran"}]""", "A callback of task 'mail' is of type Bash")]
    [TestCase("onSuccessCallback", """[{"type": "Email", "to": "a@example.com", "subject": "s", "files": ["/proc/self/environ"]}]""", "A callback of task 'mail' sets input 'files' of Email")]
    [TestCase("files", """["/proc/self/environ"]""", "Task 'mail' sets input 'files' of Email")]
    [TestCase("expandKwargs", """[{"files": ["/proc/self/environ"]}]""", "Task 'mail' sets input 'files' of Email")]
    [TestCase("onFailureCallback", """[{"type": "Email", "to": "a@example.com", "subject": "s"}]""", null)]
    public async Task The_designer_may_send_mail_and_neither_code_nor_files_of_the_worker_as_a_callback_or_otherwise(string input, string value, string? offence)
    {
        await using var site = await StudioSite.StartAsync();
        var draft = (await site.Admin.CreateAsync("mailed")).With("mail", "Email", ("to", "a@example.com"), ("subject", "s"), (input, value));
        await site.Admin.SaveAsync(draft, publish: offence is null);
        if (offence is null) Assert.That(File.Exists(site.PathOf("mailed")), Is.True);
        else Assert.That(await site.Admin.RefusedAsync(HttpStatusCode.BadRequest, "/workflow-definitions/mailed/publish"), Does.Contain(offence).And.Contain("PIPELINES_DESIGNER_ALLOW_CODE"));
    }

    [Test]
    public async Task The_designer_does_not_go_back_to_a_version_with_code_that_came_as_a_file()
    {
        await using var site = await StudioSite.StartAsync();
        var dagId = await site.Admin.PublishQueryAsync("turned", "SELECT 1");
        var file = JsonNode.Parse(await File.ReadAllTextAsync(site.PathOf(dagId)))!.AsObject();
        await File.WriteAllTextAsync(site.PathOf(dagId), file.With("script", "Bash", ("bashCommand", "echo ran")).ToJsonString());
        // Nobody is writing it any more.
        File.SetLastWriteTimeUtc(site.PathOf(dagId), DateTime.UtcNow.AddMinutes(-1));
        await site.Get<DagFolder>().SyncAsync(DateTimeOffset.UtcNow, CancellationToken.None);
        var coded = await site.Admin.ReadAsync($"/workflow-definitions/by-definition-id/{dagId}");
        coded["root"]!["activities"]!.AsArray().RemoveAll(activity => (string?)activity!["type"] == "Bash");
        await site.Admin.SaveAsync(coded, publish: true);

        var words = await site.Admin.RefusedAsync(HttpStatusCode.BadRequest, $"/workflow-definitions/{dagId}/revert/1");

        Assert.That(words, Does.Contain($"Version 1 of DAG '{dagId}' was not taken back").And.Contain("Task 'script' is of type Bash").And.Contain("PIPELINES_DESIGNER_ALLOW_CODE"));
        Assert.That(await site.Sql.ScalarAsync<long>("SELECT count(*) FROM pipelines.dag_draft"), Is.Zero, "no draft that nobody could publish");
    }

    [Test]
    public async Task Return_values_of_code_pass_from_task_to_task_and_a_skip_is_a_skip()
    {
        Need.Tool("setsid");
        Need.Tool("python3");
        await using var site = await StudioSite.StartWithCodeAsync();
        var draft = (await site.Admin.CreateAsync("chained")).With("begin", "Empty")
            .With("script", "Bash", ("bashCommand", "echo log; echo 21"), ("env", "{}"))
            .With("double", "Python", ("code", "ti.xcom_push('of', ti.xcom_pull(task_ids='script'))\nreturn 2 * int(ti.xcom_pull(task_ids='script'))"))
            .With("tell", "Bash", ("bashCommand", "echo 'got {{ ti.xcom_pull(task_ids=\"double\") }} of {{ ti.xcom_pull(task_ids=\"double\", key=\"of\") }}'"))
            .With("skip", "Bash", ("bashCommand", "exit 99"))
            .Connect("begin", "script").Connect("script", "double").Connect("double", "tell").Connect("tell", "skip");
        await site.Admin.SaveAsync(draft, publish: true);
        var id = await site.Admin.ExecuteAsync("chained");

        var instance = await site.EndAsync(id);
        Assert.That((string?)instance["subStatus"], Is.EqualTo("Finished"), instance.ToJsonString());
        var variables = (await site.Admin.ReadAsync($"/workflow-instances/{id}/variables"))["items"]!.AsArray();
        Assert.That(variables.Select(item => $"{item!["name"]}={item["value"]}"), Is.EquivalentTo(new[] { "script.return_value=21", "double.of=21", "double.return_value=42", "tell.return_value=got 42 of 21" }));
        var states = await site.Sql.ScalarAsync<string>("SELECT string_agg(task_id || ' ' || state, ', ' ORDER BY task_id) FROM pipelines.task_instance");
        Assert.That(states, Is.EqualTo("begin success, double success, script success, skip skipped, tell success"));
    }

    [Test]
    public async Task A_task_that_is_marked_while_its_code_runs_leaves_no_process()
    {
        Need.Tool("setsid");
        Need.Tool("flock");
        await using var site = await StudioSite.StartWithCodeAsync();
        using var folder = new TemporaryDirectory();
        using var started = new FileSystemWatcher(folder.Path);
        var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        started.Renamed += (_, _) => seen.TrySetResult();
        started.EnableRaisingEvents = true;
        // A lock that the child holds until it has ended: whoever gets it knows that it is gone.
        await site.Admin.SaveAsync((await site.Admin.CreateAsync("endless"))
            .With("script", "Bash", ("bashCommand", "exec 9>held; flock 9; sleep 1000 >/dev/null 2>&1 & touch new; mv new begun; wait"), ("cwd", folder.Path)), publish: true);
        var id = await site.Admin.ExecuteAsync("endless");
        await seen.Task;
        var runId = (await site.Sql.ScalarAsync<string>("SELECT run_id FROM pipelines.dag_run WHERE dag_id = 'endless'"))!;
        await site.Get<MarkTaskInstance>().ExecuteAsync("endless", runId, "script", TaskState.Success, new Actor("test", RunTriggeredBy.Cli), CancellationToken.None);
        await site.EndAsync(id);

        using var held = System.Diagnostics.Process.Start("flock", ["--wait", "60", folder["held"], "true"]);
        await held.WaitForExitAsync();
        Assert.That(held.ExitCode, Is.Zero);
    }

    [Test]
    public async Task Code_that_prints_a_secret_prints_stars()
    {
        Need.Tool("setsid");
        await using var site = await StudioSite.StartWithCodeAsync();
        await site.Get<SetVariable>().ExecuteAsync("api_token", "Tr0ub4dor&3", null, new Actor("test", RunTriggeredBy.Cli), CancellationToken.None);
        var draft = (await site.Admin.CreateAsync("coded")).With("script", "Bash", ("bashCommand", "echo \"{{ var.value.api_token }}\"; echo \"{{ var.value.api_token }}\" >&2; exit 4"));
        await site.Admin.SaveAsync(draft, publish: true);

        var tested = await site.Admin.TestAsync(draft, "script");
        Assert.That(tested.ToJsonString(), Does.Not.Contain("Tr0ub4dor"));
        Assert.That((string?)tested["exception"]!["message"], Does.Contain("exited with code 4").And.Contain("\n***\n"));
        Assert.That((string?)tested["activityState"]!["Log"], Does.Contain("***"));
    }
}
