using Pipelines.Activities;
using Pipelines.Model.Activities;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>airflow-semantics.md §13: sensors that look into a database or into S3. HttpSensor is in <see cref="HttpTests"/>.</summary>
public sealed class SensorActivityTests
{
    private DataPath _path = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _path = await DataPath.StartAsync();
        foreach (var key in new[] { "orders/2026-05-01/part-0.csv", "orders/2026-05-01/part-1.csv" }) await _path.PutAsync(key, "1");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _path.DisposeAsync();

    [TestCase("SELECT 1", true)]
    [TestCase("SELECT 'yes', 0", true)]
    [TestCase("SELECT count(*) FROM generate_series(1, 3)", true)]
    [TestCase("SELECT 0", false)]
    [TestCase("SELECT '0'", false)]
    [TestCase("SELECT 0.00::numeric", false)]
    [TestCase("SELECT ''", false)]
    [TestCase("SELECT NULL", false)]
    [TestCase("SELECT false", false)]
    [TestCase("SELECT 1 WHERE false", false)]
    public async Task SqlSensor_waits_until_the_first_cell_is_true(string sql, bool isDone) =>
        Assert.That(await RunAsync(new SqlSensor(), ("connectionId", "postgres_default"), ("sql", sql)), Is.InstanceOf(isDone ? typeof(Outcome.Succeeded) : typeof(Outcome.RescheduleAt)));

    [TestCase("SELECT 1 WHERE false", "The query has no row")]
    [TestCase("CREATE TEMP TABLE x (i int)", "Input 'sql' is no query")]
    public async Task SqlSensor_fails_on_what_can_never_be_true(string sql, string words)
    {
        var failure = await DataPath.FailAsync(() => RunAsync(new SqlSensor(), ("connectionId", "postgres_default"), ("sql", sql), ("failOnEmpty", "true")));
        Assert.That(failure.Retryable, Is.False);
        Assert.That(failure.Message, Does.StartWith(words));
    }

    [TestCase("s3://lake/orders/2026-05-01/part-0.csv", null, null, true)]
    [TestCase("s3://lake/orders/2026-05-01/part-2.csv", null, null, false)]
    [TestCase("orders/2026-05-01/part-0.csv", "lake", null, true)]
    [TestCase("[\"orders/2026-05-01/part-0.csv\", \"orders/2026-05-01/part-1.csv\"]", "lake", null, true)]
    [TestCase("[\"orders/2026-05-01/part-0.csv\", \"orders/2026-05-01/part-2.csv\"]", "lake", null, false)]
    [TestCase("orders/*/part-?.csv", "lake", "wildcardMatch", true)]
    [TestCase("orders/*/part-[5-9].csv", "lake", "wildcardMatch", false)]
    [TestCase("s3://lake/*-1.csv", null, "wildcardMatch", true)]
    [TestCase("orders/.*/part-\\d+\\.csv$", "lake", "useRegex", true)]
    [TestCase("part-0", "lake", "useRegex", false)]
    public async Task S3KeySensor_waits_for_all_keys(string keys, string? bucket, string? match, bool isDone) => Assert.That(
        await RunAsync(new S3KeySensor(), ("bucketKey", keys), ("bucketName", bucket ?? ""), (match ?? "wildcardMatch", match is null ? "false" : "true")),
        Is.InstanceOf(isDone ? typeof(Outcome.Succeeded) : typeof(Outcome.RescheduleAt)));

    private Task<Outcome> RunAsync(IActivity sensor, params (string Name, string Value)[] inputs) =>
        _path.Task("wait").RunAsync(sensor, DataPath.Inputs([("mode", "reschedule"), .. inputs]));
}
