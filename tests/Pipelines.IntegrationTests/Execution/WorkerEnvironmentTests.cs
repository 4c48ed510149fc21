using System.Text.Json.Nodes;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Runs;
using Pipelines.Storage.Secrets;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>Connections and Variables of a worker's environment (airflow-semantics.md §21).</summary>
public sealed class WorkerEnvironmentTests
{
    private readonly List<string> _set = [];

    [TearDown]
    public void Forget()
    {
        foreach (var name in _set) Environment.SetEnvironmentVariable(name, null);
    }

    [Test]
    public async Task The_environment_comes_before_the_database_in_templates_and_activities_and_its_secrets_are_masked()
    {
        Set("AIRFLOW_CONN_ENV_TEST.DB", "postgresql://ann:s3cret%2Fenv@host:5433/shop");
        Set("AIRFLOW_VAR_ENV_TEST_API_KEY", "key-from-env");
        await using var engine = await TestEngine.StartAsync();
        await engine.Database.InTransactionAsync(async tx =>
        {
            await ConnectionTable.PutAsync(tx, new Connection("env_test.db", "redshift") { Password = "stored" });
            await VariableTable.PutAsync(tx, "env_test_api_key", "stored");
            await VariableTable.PutAsync(tx, "env_test_only_here", "stored");
        });
        engine.Probe.Does = async (context, cancellation) =>
        {
            var connection = await context.GetConnectionAsync("env_test.db", cancellation);
            context.Log(LogLevel.Info, $"{context.Inputs.Required("text")} as {connection.ConnType} {connection.Password}");
            return new Outcome.Succeeded(JsonValue.Create(context.Inputs.Required("text").Length));
        };

        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("text", "{{ conn.get('env_test.db').port }} {{ var.value.env_test_api_key }} {{ var.value.env_test_only_here }}")));
        var task = await engine.UntilJobIsAsync(run, "extract", "Succeeded");

        Assert.That(await engine.LogAsync((await engine.AttemptsAsync(task)).Single()), Does.Contain("5433 *** stored as postgres ***"));
    }

    [Test]
    public async Task What_is_no_connection_is_said_with_the_variables_name_and_without_what_it_holds()
    {
        Set("AIRFLOW_CONN_ENV_TEST_BAD", "s3cret-but-no-uri");
        await using var engine = await TestEngine.StartAsync();
        engine.Probe.Does = async (context, cancellation) =>
        {
            await context.GetConnectionAsync("env_test_bad", cancellation);
            return new Outcome.Succeeded();
        };

        var task = await engine.UntilJobIsAsync(await engine.StartRunAsync("sales", new TestTask("extract", ("retries", "3"))), "extract", "Failed");

        Assert.That(task.State, Is.EqualTo(TaskState.Failed));
        Assert.That(task.Error, Does.StartWith("Environment variable AIRFLOW_CONN_ENV_TEST_BAD of worker ").And.Contain("must look like type://").And.Not.Contain("s3cret"));
    }

    private void Set(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        _set.Add(name);
    }
}
