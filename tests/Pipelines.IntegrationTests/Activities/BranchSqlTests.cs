using Pipelines.Activities;
using Pipelines.Model.Activities;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>airflow-semantics.md §8: the branch by SQL, as BranchSQLOperator judges a query's first value.</summary>
public sealed class BranchSqlTests
{
    private DataPath _path = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _path = await DataPath.StartAsync();

    [OneTimeTearDown]
    public async Task StopAsync() => await _path.DisposeAsync();

    [TestCase("SELECT true, false", true)]
    [TestCase("SELECT false", false)]
    [TestCase("SELECT 7", true)]
    [TestCase("SELECT 0::bigint", false)]
    [TestCase("SELECT -1::smallint", true)]
    [TestCase("SELECT 'Yes'", true)]
    [TestCase("SELECT 'on'", true)]
    [TestCase("SELECT 'T'", true)]
    [TestCase("SELECT '1'", true)]
    [TestCase("SELECT 'OFF'", false)]
    [TestCase("SELECT 'n'", false)]
    [TestCase("SELECT '0'", false)]
    [TestCase("SELECT * FROM (VALUES (true), (false)) AS v", true)]
    public async Task It_follows_the_port_of_the_first_value(string sql, bool expected) =>
        Assert.That(((Downstream.FollowPorts)(await RunAsync(("sql", sql))).Downstream!).Ports, Is.EqualTo(new[] { expected ? "True" : "False" }));

    [Test]
    public async Task It_follows_the_tasks_that_are_named_and_takes_parameters()
    {
        (string, string)[] named = [("sql", "SELECT count(*) FROM generate_series(1, 3) AS n WHERE n > $1"), ("followTaskIdsIfTrue", "[\"load\", \"check\"]"), ("followTaskIdsIfFalse", "stop")];
        Assert.That(((Downstream.FollowTasks)(await RunAsync([.. named, ("parameters", "[2]")])).Downstream!).TaskIds, Is.EqualTo(new[] { "load", "check" }));
        Assert.That(((Downstream.FollowTasks)(await RunAsync([.. named, ("parameters", "[3]")])).Downstream!).TaskIds, Is.EqualTo(new[] { "stop" }));
    }

    [TestCase("SELECT NULL", "The query's first value is NULL, which is neither a boolean", false)]
    [TestCase("SELECT 0.5", "The query's first value is '0.5' (Decimal), which is neither a boolean", false)]
    [TestCase("SELECT 'maybe'", "The query's first value is 'maybe' (String), which is neither a boolean", false)]
    [TestCase("SELECT ''", "The query's first value is '' (String)", false)]
    [TestCase("SELECT 1 WHERE false", "The query has no row, so there is nothing to choose by.", true)]
    [TestCase("CREATE TEMP TABLE x (i int)", "Input 'sql' is no query", false)]
    public async Task What_is_no_answer_fails(string sql, string words, bool isRetryable)
    {
        var failure = await DataPath.FailAsync(() => RunAsync(("sql", sql)));
        Assert.That((failure.Message.StartsWith(words, StringComparison.Ordinal), failure.Retryable), Is.EqualTo((true, isRetryable)), failure.Message);
    }

    private async Task<Outcome.Succeeded> RunAsync(params (string Name, string Value)[] inputs) =>
        (Outcome.Succeeded)await _path.Task("choose").RunAsync(new BranchSql(), DataPath.Inputs([("connectionId", "postgres_default"), .. inputs]));
}
