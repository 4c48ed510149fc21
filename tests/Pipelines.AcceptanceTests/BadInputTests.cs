using Pipelines.LocalCloud.Postgres;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests;

/// <summary>What goes wrong while a DAG runs: the demo says it in words and ends with 1.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class BadInputTests
{
    private readonly TemporaryDirectory _folder = new();
    private EmbeddedPostgres _postgres = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _postgres = await EmbeddedPostgres.StartAsync(new PostgresOptions { DataDirectory = Path.Combine(_folder.Path, "pg"), Fsync = false });
        await Script.RunAsync(
            await _postgres.CreateDatabaseAsync("source"), "CREATE TABLE notes (id int, note text); INSERT INTO notes VALUES (1, 'short'), (2, 'gründlich zu lang')");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (_postgres is not null) await _postgres.DisposeAsync();
        _folder.Dispose();
    }

    [Test]
    public async Task A_wrong_password() =>
        await FailsAsync(DagFile.Daily("wrong_password").Move("notes", "t.notes"), _postgres.Uri("source", "postgres", "wrong"), "postgres_default", "password");

    [Test]
    public async Task A_missing_source_table() =>
        await FailsAsync(DagFile.Daily("missing_table").Move("nowhere", "t.nowhere"), _postgres.Uri("source"), "public.nowhere", "does not exist");

    [Test]
    public async Task A_missing_bucket() => await FailsAsync(
        DagFile.Daily("missing_bucket").Add("extract", "ExtractToS3", ("table", "public.notes"), ("bucket", "no-such-bucket")),
        _postgres.Uri("source"), "no-such-bucket", "Create it");

    [Test]
    public async Task An_interval_filter_without_an_interval() => await FailsAsync(
        DagFile.Daily("no_interval", ("timetable", "cron_trigger"))
            .Add("extract", "ExtractToS3", ("table", "public.notes"), ("intervalColumn", "id"), ("bucket", "pipelines-lake")),
        _postgres.Uri("source"), "cron_data_interval");

    [Test]
    public async Task A_value_too_long_for_its_column_shows_column_row_value_and_fix() => await FailsAsync(
        DagFile.Daily("too_long")
            .Add("narrow", "SqlQuery", ("sql", "CREATE SCHEMA t; CREATE TABLE t.notes (id INTEGER, note VARCHAR(10))"))
            .Move("notes", "t.notes")
            .Connect("narrow", "extract_notes"),
        _postgres.Uri("source"), "note", "gründlich zu lang", "line 2", "ALTER TABLE");

    private async Task FailsAsync(DagFile dag, string source, params string[] words)
    {
        var run = await CommandLine.RunAsync(["demo", "--dag", dag.Write(_folder.Path), "--source", source]);

        Assert.That(run.ExitCode, Is.EqualTo(1), run.Output + run.Error);
        foreach (var word in words) Assert.That(run.Error, Does.Contain(word));
        Assert.That(run.Error, Does.Not.Contain("   at "), "no stack trace");
    }
}
