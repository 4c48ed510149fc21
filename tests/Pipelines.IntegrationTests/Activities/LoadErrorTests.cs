using Pipelines.Activities;
using Pipelines.TestKit.Faults;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>Why a COPY failed is said by the rows that it rejected, not by those of an earlier one, and is never lost.</summary>
public sealed class LoadErrorTests
{
    private DataPath _path = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _path = await DataPath.StartAsync();
        await _path.Source.ExecuteAsync("CREATE TABLE orders (id int PRIMARY KEY, name varchar(400)); INSERT INTO orders VALUES (1, repeat('x', 300))");
        await _path.RunInTargetAsync("CREATE SCHEMA dw");
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _path.DisposeAsync();

    [Test]
    public async Task A_row_that_was_mended_is_not_shown_by_the_next_failure_of_the_same_files()
    {
        await _path.RunInTargetAsync("CREATE TABLE dw.mended (id int, name varchar(256))");
        var extract = await _path.ExtractAsync(("table", "orders"));
        var rejected = await _path.FailToLoadAsync(extract, ("table", "dw.mended"));
        // The clock that COPY's errors are kept by counts whole seconds.
        await _path.RunInTargetAsync("UPDATE localcloud.load_errors SET starttime = starttime - interval '5 seconds'");
        await _path.RunInTargetAsync("ALTER TABLE dw.mended ALTER COLUMN name TYPE VARCHAR(512)");

        var denied = await _path.FailToLoadAsync(extract, ("table", "dw.mended"), ("iamRole", "arn:aws:iam::000000000000:role/other"));

        Assert.That(rejected.Message, Does.Contain("Redshift rejected a row"));
        Assert.That(denied.Message, Does.Contain("COPY into dw.mended failed").And.Not.Contain("rejected a row"));
        Assert.That(denied.Facts, Is.Empty);
    }

    [Test]
    public async Task What_the_copy_said_is_shown_when_nobody_can_be_asked_for_the_rejected_rows()
    {
        await _path.RunInTargetAsync("CREATE TABLE dw.narrow (id int, name varchar(256))");
        await using var proxy = new PostgresProxy(_path.TargetConnection.Port!.Value);
        var loader = _path.Loader(await _path.ExtractAsync(("table", "orders")));
        loader.Add(_path.TargetConnection with { Port = proxy.Port });
        using var provisioned = proxy.Set(statement => statement.Has("FROM stl_load_errors"));
        using var serverless = proxy.Set(statement => statement.Has("FROM sys_load_error_detail"));
        provisioned.Cut();
        serverless.Cut();

        var failure = await DataPath.FailAsync(() => loader.RunAsync(new CopyToRedshift(), DataPath.Inputs(("table", "dw.narrow"))));

        Assert.That(serverless.Sprung.IsCompleted, Is.True);
        Assert.That(failure.Message, Does.Contain("COPY into dw.narrow failed").And.Contain("Load into table 'narrow' failed"));
        Assert.That(failure.Retryable, Is.False);
        Assert.That(loader.Log, Does.Contain("could not be asked which rows it rejected"));
    }
}
