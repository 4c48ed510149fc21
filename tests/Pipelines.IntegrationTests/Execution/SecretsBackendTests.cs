using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Runs;
using Pipelines.Storage.Secrets;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>airflow-semantics.md §21: the secrets backend comes before environment and database. What the environment holds is in <see cref="WorkerEnvironmentTests"/>.</summary>
[NonParallelizable]
public sealed class SecretsBackendTests
{
    private const string EnvironmentVariable = "AIRFLOW_VAR_OUTER_TEST_WHERE";

    private readonly Backend _backend = new();

    [SetUp]
    public void Set() => Environment.SetEnvironmentVariable(EnvironmentVariable, "environment");

    [TearDown]
    public void Forget() => Environment.SetEnvironmentVariable(EnvironmentVariable, null);

    [Test]
    public async Task It_is_asked_first_and_what_it_says_is_masked()
    {
        _backend.Holds["Connection outer"] = "postgres://ann:s3cret-outer@db/shop";
        _backend.Holds["Variable outer_test_where"] = "backend-value";
        var (task, log) = await RunAsync("{{ var.value.outer_test_where }} {{ var.value.outer_only_stored }}", "outer");

        Assert.That(task.State, Is.EqualTo(TaskState.Success));
        Assert.That(log, Has.Some.EqualTo("*** stored as postgres ***"), "the Variable's name does not sound secret; its home does");
    }

    [Test]
    public async Task Then_the_environment_then_the_database()
    {
        var (_, log) = await RunAsync("{{ var.value.outer_test_where }} {{ var.value.outer_only_stored }}", "outer");
        Assert.That(log, Has.Some.EqualTo("environment stored as redshift ***"));
    }

    [Test]
    public async Task When_it_cannot_tell_the_others_are_asked()
    {
        _backend.Trouble = "It is away.";
        var (task, log) = await RunAsync("{{ var.value.outer_test_where }} {{ var.value.outer_only_stored }}", "outer");
        Assert.That(task.State, Is.EqualTo(TaskState.Success));
        Assert.That(log, Has.Some.EqualTo("environment stored as redshift ***"));
    }

    [Test]
    public async Task When_nobody_else_has_it_either_the_task_says_so_and_is_tried_again()
    {
        _backend.Trouble = "It is away.";
        var (task, _) = await RunAsync("x", "nowhere");
        Assert.That(task.State, Is.EqualTo(TaskState.UpForRetry));
        Assert.That(task.Error, Is.EqualTo("Connection 'nowhere' is neither in the environment nor in the database, and the secrets backend cannot tell: It is away."));
    }

    [Test]
    public async Task What_is_no_connection_is_said_without_what_it_is()
    {
        _backend.Holds["Connection outer"] = "s3cret-but-no-uri";
        var (task, _) = await RunAsync("x", "outer");
        Assert.That(task.State, Is.EqualTo(TaskState.Failed));
        Assert.That(task.Error, Does.StartWith("What the test's store holds of connection 'outer' is no connection:").And.Not.Contains("s3cret"));
    }

    [TestCase(60, 1)]
    [TestCase(0, 2)]
    public async Task An_answer_is_good_for_as_long_as_the_setting_says_also_that_there_is_nothing(int seconds, int asked)
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var outer = Outer(engine, seconds);
        foreach (var id in new[] { "x", "x" }) await outer.FindAsync(SecretKind.Variable, id, CancellationToken.None);
        Assert.That(_backend.Asked, Is.EqualTo(asked));

        engine.Time.Advance(TimeSpan.FromSeconds(60));
        await outer.FindAsync(SecretKind.Variable, "x", CancellationToken.None);
        Assert.That(_backend.Asked, Is.EqualTo(asked + 1));
    }

    [SetUp]
    public void Empty() => (_backend.Trouble, _backend.Asked) = (null, 0);

    [TearDown]
    public void Clear() => _backend.Holds.Clear();

    private OuterSecrets Outer(TestEngine engine, int seconds = 0) => new(_backend, TimeSpan.FromSeconds(seconds), engine.Time, NullLogger<OuterSecrets>.Instance);

    private async Task<(TaskInstance Task, List<string> Log)> RunAsync(string text, string connId)
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        await engine.Database.InTransactionAsync(async tx =>
        {
            await ConnectionTable.PutAsync(tx, new Connection("outer", "redshift") { Password = "stored-password" });
            foreach (var key in new[] { "outer_test_where", "outer_only_stored" }) await VariableTable.PutAsync(tx, key, "stored");
        });
        engine.Probe.Does = async (context, cancellation) =>
        {
            var connection = await context.GetConnectionAsync(connId, cancellation);
            context.Log(LogLevel.Info, $"{context.Inputs.Required("text")} as {connection.ConnType} {connection.Password}");
            return new Outcome.Succeeded(JsonValue.Create(1));
        };
        var run = await engine.StartRunAsync("sales", new TestTask("extract", ("text", text), ("retries", "1")));
        var runner = new TaskRunner(
            engine.Database, engine.Get<ActivityCatalog>(), engine.Get<DagVersions>(), engine.Get<RunPlanning>(), engine.Get<ITaskQueue>(), new WorkerOptions { Name = "w" }, engine.Time,
            NullLogger<TaskRunner>.Instance, outer: Outer(engine));
        await runner.RunAsync((await engine.TaskAsync(run, "extract")).Id, CancellationToken.None, CancellationToken.None);
        var task = await engine.TaskAsync(run, "extract");
        return (task, await engine.LogAsync((await engine.AttemptsAsync(task))[^1]));
    }

    private sealed class Backend : ISecretsBackend
    {
        public Dictionary<string, string> Holds { get; } = [];

        public string? Trouble { get; set; }

        public int Asked { get; set; }

        public string Name => "the test's store";

        public Task<string?> FindAsync(SecretKind kind, string id, CancellationToken cancellation)
        {
            Asked++;
            return Trouble is null ? Task.FromResult(Holds.GetValueOrDefault($"{kind} {id}")) : throw new SecretsBackendException(Trouble);
        }
    }
}
