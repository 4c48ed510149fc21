using Hangfire;
using Npgsql;
using Pipelines.IntegrationTests.Execution;
using Pipelines.IntegrationTests.Studio;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Cornered;

/// <summary>Rows in Hangfire's tables that we did not write: the worker and the dashboard live with them, and run nothing but tasks.</summary>
public sealed class MalformedJobTests
{
    private const string OurType = "Pipelines.Engine.Execution.TaskJob, Pipelines.Engine";
    private const string OurTypes = """["System.Int64, System.Private.CoreLib","System.Threading.CancellationToken, System.Private.CoreLib"]""";

    private static readonly (string Invocation, string Arguments)[] Jobs =
    [
        (Invocation("Nowhere.Job, Nowhere", "Run", "[]"), "[]"),
        (Invocation(OurType, "NoSuchMethod", "[]"), "[]"),
        (Invocation(OurType, "RunAsync", OurTypes), """["no number",null]"""),
        (Invocation(OurType, "RunAsync", OurTypes), "[]"),
        (Invocation(OurType, "RunAsync", OurTypes), """["987654321",null]"""),
        (Invocation(OurType, "RunAsync", OurTypes), """["-1",null]"""),
        ("{}", "[]"),
    ];

    /// <summary>What Hangfire cannot read at all.</summary>
    private static readonly (string Invocation, string Arguments)[] Unreadable =
    [
        ("[]", "{}"), ("\"not an object\"", "[]"), ("{}", "7"), ("{}", "[{}]"), ("""{"Type":{"a":1}}""", "[]"), ("""{"Method":7}""", "[]"),
    ];

    [Test]
    public async Task What_Hangfire_cannot_read_does_not_get_into_its_tables()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);

        foreach (var (invocation, arguments) in Unreadable)
            Assert.That((await Assert.ThrowsAsync<PostgresException>(() => AddAsync(engine.Sql, invocation, arguments)))!.ConstraintName, Is.EqualTo("job_is_readable"), invocation);
    }

    [Test]
    public async Task A_worker_outlives_them_and_runs_the_tasks_behind_them()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        foreach (var (invocation, arguments) in Jobs) await AddAsync(engine.Sql, invocation, arguments);
        await engine.Sql.ExecuteAsync("INSERT INTO hangfire.jobqueue (jobid, queue) VALUES (123456789, 'default'), (1, 'somebody_elses')");
        var run = await engine.StartRunAsync("sales", new TestTask("extract"), new TestTask("load"));

        await engine.StartWorkerAsync();
        await engine.UntilJobIsAsync(run, "load", "Succeeded");

        await engine.StopWorkerAsync();
        Assert.That(await engine.Sql.ScalarAsync<long>("SELECT count(*) FROM hangfire.jobqueue WHERE queue = 'default'"), Is.Zero, "no job comes back again and again");
        var states = await engine.Sql.ScalarAsync<string>($"SELECT string_agg(DISTINCT coalesce(statename, 'none'), ',') FROM hangfire.job WHERE id <= {Jobs.Length}");
        Assert.That(states.Split(','), Is.SubsetOf(new[] { "Failed", "Deleted" }), "they are put away where the dashboard shows them");
        Assert.That(await engine.Sql.ScalarAsync<long>("SELECT count(*) FROM hangfire.jobqueue WHERE queue = 'somebody_elses'"), Is.EqualTo(1));
    }

    [Test]
    public async Task Code_that_is_no_task_is_not_run()
    {
        await using var engine = await TestEngine.StartAsync(worker: false);
        var file = Path.GetTempFileName();
        await AddAsync(engine.Sql, Invocation("System.IO.File, System.Private.CoreLib", "Delete", """["System.String, System.Private.CoreLib"]"""), $"""["\"{file}\""]""");

        await engine.StartWorkerAsync();
        await engine.UntilAsync(async () => await engine.Sql.ScalarAsync<string>("SELECT statename FROM hangfire.job WHERE id = 1") is "Failed" or "Deleted" or "Succeeded", "the job is through");

        Assert.That(await engine.Sql.ScalarAsync<string>("SELECT statename FROM hangfire.job WHERE id = 1"), Is.EqualTo("Failed"));
        Assert.That(engine.Get<JobStorage>().GetMonitoringApi().JobDetails("1").History[0].Data["ExceptionMessage"], Does.Contain("runs tasks of DAGs and nothing else"));
        Assert.That(File.Exists(file), Is.True);
        File.Delete(file);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task The_dashboard_opens_on_every_page(bool withWorker)
    {
        await using var site = await StudioSite.StartAsync(writable: withWorker);
        foreach (var (invocation, arguments) in Jobs) await AddAsync(site.Sql, invocation, arguments);
        if (withWorker) await UntilPutAwayAsync(site.Sql);

        string[] pages = ["", "/jobs/enqueued", "/jobs/enqueued/default", "/jobs/failed", "/jobs/deleted", "/jobs/processing", "/retries", "/servers",
            .. Enumerable.Range(1, Jobs.Length).Select(id => $"/jobs/details/{id}")];
        foreach (var page in pages)
            Assert.That((int)(await site.Admin.GetAsync($"/hangfire{page}")).StatusCode, Is.EqualTo(200), page);
    }

    private static async Task UntilPutAwayAsync(TestDatabase sql)
    {
        await using var watch = await JobWatch.StartAsync(sql);
        await watch.UntilAsync(async () => await sql.ScalarAsync<long>("SELECT count(*) FROM hangfire.job WHERE statename IN ('Failed', 'Deleted')") == Jobs.Length, () => Task.FromResult("all are put away"));
    }

    private static string Invocation(string type, string method, string parameterTypes) =>
        $$"""{"Type":"{{type}}","Method":"{{method}}","ParameterTypes":{{System.Text.Json.JsonSerializer.Serialize(parameterTypes)}}}""";

    private static Task AddAsync(TestDatabase sql, string invocation, string arguments) => sql.ExecuteAsync(
        $"""
        WITH job AS (INSERT INTO hangfire.job (invocationdata, arguments, createdat, statename) VALUES ('{invocation}', '{arguments}', now(), 'Enqueued') RETURNING id)
        , state AS (INSERT INTO hangfire.state (jobid, name, createdat, data) SELECT id, 'Enqueued', now(), '{System.Text.Json.JsonSerializer.Serialize(new { Queue = "default", EnqueuedAt = DateTime.UtcNow })}' FROM job)
        INSERT INTO hangfire.jobqueue (jobid, queue) SELECT id, 'default' FROM job
        """);
}
