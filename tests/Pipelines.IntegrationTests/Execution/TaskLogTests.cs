using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Storage.Secrets;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>What people can read of an attempt.</summary>
public sealed class TaskLogTests
{
    [Test]
    public async Task A_log_can_be_read_while_the_task_runs()
    {
        await using var engine = await TestEngine.StartAsync();
        var release = new TaskCompletionSource<Outcome>();
        engine.Probe.Does = (context, _) =>
        {
            context.Log(LogLevel.Info, "half way \0 there 🙂");
            return release.Task;
        };

        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        await engine.UntilAsync(async () => await engine.AttemptsAsync(await engine.TaskAsync(run, "extract")) is [var running]
            && (await engine.LogAsync(running)).Contains("half way \0 there 🙂"), "the line is readable");
        release.SetResult(new Outcome.Succeeded());

        var task = await engine.UntilJobIsAsync(run, "extract", "Succeeded");
        var attempt = (await engine.AttemptsAsync(task)).Single();
        Assert.That((await engine.LogAsync(attempt))[0], Does.StartWith("sales.extract [manual__1]: attempt 1 of 1 on worker test-worker-"));
        Assert.That((await engine.LogAsync(attempt))[^1], Is.EqualTo("Marked success"));
    }

    [Test]
    public async Task Secrets_are_masked_in_log_error_inputs_and_on_the_dashboard()
    {
        const string Secret = "s3cr3t/pass";
        await using var engine = await TestEngine.StartAsync();
        await engine.Database.InTransactionAsync(tx => ConnectionTable.PutAsync(tx, new Connection("warehouse", "redshift") { Password = Secret, Extra = new JsonObject { ["aws_session_token"] = "token-12345" } }));
        string? seen = null;
        engine.Probe.Does = async (context, cancellation) =>
        {
            seen = context.Inputs.Required("text");
            var connection = await context.GetConnectionAsync("warehouse", cancellation);
            context.Log(LogLevel.Info, $"connecting with {connection.Password} and {connection.ExtraText("aws_session_token")}");
            throw new InvalidOperationException($"cannot reach postgres://u:{Uri.EscapeDataString(Secret)}@host", new IOException($"bad password {Secret}"));
        };

        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("text", "it is {{ conn.warehouse.password }}")));
        var task = await engine.UntilJobIsAsync(run, "extract", "Failed");

        var attempt = (await engine.AttemptsAsync(task)).Single();
        Assert.That(seen, Is.EqualTo($"it is {Secret}"));
        Assert.That(attempt.RenderedInputs, Does.Contain("it is ***"));
        Assert.That(task.Error, Is.EqualTo("InvalidOperationException: cannot reach postgres://u:***@host"));
        var log = await engine.LogAsync(attempt);
        Assert.That(log, Does.Contain("connecting with *** and ***"));
        Assert.That(log, Has.Some.Contains("bad password ***").And.Some.Contains("TaskLogTests"), "The stack trace is in the log.");
        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT string_agg(s::text, '') FROM hangfire.state s"), Does.Contain("bad password ***").And.Not.Contain("cr3t"));
    }

    [Test]
    public async Task What_a_failure_says_part_by_part_is_kept_with_the_attempt_masked()
    {
        await using var engine = await TestEngine.StartAsync();
        await engine.Database.InTransactionAsync(tx => ConnectionTable.PutAsync(tx, new Connection("warehouse", "redshift") { Password = "s3cr3t/pass" }));
        engine.Probe.Does = async (context, cancellation) =>
        {
            var connection = await context.GetConnectionAsync("warehouse", cancellation);
            throw new TaskFailure("bad row", retryable: false) { Facts = [new("Column", "note"), new("Value", $"it has {connection.Password}")] };
        };

        var task = await engine.UntilJobIsAsync(await engine.StartRunAsync("sales", new TestTask("load")), "load", "Failed");

        Assert.That((await engine.AttemptsAsync(task)).Single().Facts, Is.EqualTo(new[] { new FailureFact("Column", "note"), new FailureFact("Value", "it has ***") }));
    }

    [Test]
    public async Task Progress_is_stored_with_its_last_value()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = (context, _) =>
        {
            for (var rows = 1; rows <= 1000; rows++) context.Report(new TaskProgress(rows, rows * 10, 1));
            return Task.FromResult<Outcome>(new Outcome.Succeeded());
        };

        var run = await engine.StartRunAsync("sales", new TestTask("extract"));
        var task = await engine.UntilJobIsAsync(run, "extract", "Succeeded");

        Assert.That((await engine.AttemptsAsync(task)).Single().Progress, Is.EqualTo(new TaskProgress(1000, 10_000, 1)));
    }

    [Test]
    public async Task An_unknown_connection_fails_the_task_with_what_to_do()
    {
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = async (context, cancellation) =>
        {
            await context.GetConnectionAsync("nowhere", cancellation);
            return new Outcome.Succeeded();
        };

        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("retries", "0")));
        var task = await engine.UntilJobIsAsync(run, "extract", "Failed");

        Assert.That(task.Error, Does.StartWith("Connection 'nowhere' does not exist. Add it with 'pipelines connections add nowhere"));
    }
}
