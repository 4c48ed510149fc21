using System.Text.Json.Nodes;
using Pipelines.Activities;
using Pipelines.IntegrationTests.Activities;
using Pipelines.Model.Activities;
using Pipelines.TestKit;
using Pipelines.TestKit.Faults;

namespace Pipelines.IntegrationTests.Cornered;

/// <summary>S3 fails in every way that it has: what is loaded in the end is exactly what the source holds, and nothing is left behind.</summary>
[FixtureLifeCycle(LifeCycle.SingleInstance)]
public sealed class S3FaultTests
{
    private const int Rows = 60_000;
    private const int MaxAttempts = 30;

    private static readonly S3Fault[] Passing =
    [
        new S3Fault.Answer(500, "InternalError"), new S3Fault.Answer(503, "SlowDown"), new S3Fault.Answer(503, "ServiceUnavailable"), new S3Fault.Answer(400, "RequestTimeout"),
        new S3Fault.CutRequest(), new S3Fault.CutAnswer(), new S3Fault.CutAnswer(), new S3Fault.Silence(),
    ];

    private DataPath _path = null!;
    private S3Faults _s3 = null!;
    private int _loads;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _path = await DataPath.StartAsync();
        _s3 = await S3Faults.StartAsync(_path.S3.Uri);
        // Random bytes do not compress: 60,000 rows make several files of several parts.
        await _path.Source.ExecuteAsync($"CREATE TABLE noise AS SELECT i AS id, encode(sha512(i::text::bytea), 'hex') || encode(sha512((-i)::text::bytea), 'hex') AS text FROM generate_series(1, {Rows}) i");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _s3.DisposeAsync();
        await _path.DisposeAsync();
    }

    [TearDown]
    public void Heal() => _s3.Next = _ => null;

    private static IEnumerable<TestCaseData> Seeds()
    {
        for (var seed = 1; seed <= 2; seed++) yield return new TestCaseData(seed).SetName($"Random faults of seed {seed}");
        yield return new TestCaseData(Environment.TickCount).SetName("Random faults").SetCategory("Soak");
        for (var seed = 3; seed <= 40; seed++) yield return new TestCaseData(seed).SetName($"Random faults of seed {seed}").SetCategory("Soak");
    }

    [TestCaseSource(nameof(Seeds))]
    public async Task Whatever_fails_at_random_the_target_holds_the_sources_rows_and_no_upload_is_left_open(int seed)
    {
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        _s3.Next = _ =>
        {
            lock (random) return random.NextDouble() < 0.25 ? Passing[random.Next(Passing.Length)] : null;
        };
        var table = $"dw.noise_{Guid.NewGuid():N}";

        var extract = await UntilItSucceedsAsync(Task("extract", new JsonObject()), new ExtractToS3(), ("table", "noise"), ("bucket", DataPath.Bucket), ("fileSizeMb", "6"));
        var load = await UntilItSucceedsAsync(Task("load", extract), new CopyToRedshift(), ("table", table));

        Assert.That(load["loaded"]!.GetValue<long>(), Is.EqualTo(Rows));
        Assert.That(await _path.TargetRowsAsync($"SELECT count(*), count(DISTINCT id), sum(id), md5(string_agg(md5(text), '' ORDER BY id)) FROM {table}"),
            Is.EqualTo(await _path.SourceRowsAsync("SELECT count(*), count(DISTINCT id), sum(id), md5(string_agg(md5(text), '' ORDER BY id)) FROM noise")));
        Assert.That(await _path.OpenUploadsAsync(), Is.Empty);
    }

    // The answer to a HEAD has no body, so it cannot say that the request timed out.
    [Test]
    public async Task A_look_that_is_refused_without_a_reason_is_tried_again()
    {
        var refused = 0;
        _s3.Next = request => request.Operation == "HeadObject" && Interlocked.Exchange(ref refused, 1) == 0 ? new S3Fault.Answer(400, "RequestTimeout") : null;

        var extract = await UntilItSucceedsAsync(Task("extract", new JsonObject()), new ExtractToS3(), ("table", "noise"), ("bucket", DataPath.Bucket), ("fileSizeMb", "6"));
        var load = await UntilItSucceedsAsync(Task("load", extract), new CopyToRedshift(), ("table", $"dw.noise_{Guid.NewGuid():N}"));

        Assert.That((refused, load["loaded"]!.GetValue<long>()), Is.EqualTo((1, (long)Rows)));
    }

    [TestCase(403, "AccessDenied", "denied access. Grant the user of connection 'aws_default'")]
    [TestCase(404, "NoSuchBucket", "the bucket does not exist. Create it")]
    [TestCase(403, "InvalidAccessKeyId", "Check the login of connection 'aws_default'")]
    public async Task What_does_not_pass_is_not_tried_again_and_says_what_to_do(int status, string code, string advice)
    {
        _s3.Next = _ => new S3Fault.Answer(status, code);
        var before = _s3.Count;

        var failure = await DataPath.FailAsync(() => Task("extract", new JsonObject()).RunAsync(new ExtractToS3(), DataPath.Inputs(("table", "noise"), ("bucket", DataPath.Bucket))));

        Assert.That((failure.Retryable, failure.Message), Is.EqualTo((false, failure.Message)));
        Assert.That(failure.Message, Does.Contain(advice));
        Assert.That(_s3.Count - before, Is.LessThanOrEqualTo(20), "the SDK does not hammer either");
    }

    [Test]
    public async Task An_upload_whose_beginning_was_answered_into_the_void_is_aborted_in_the_end()
    {
        var lost = 0;
        _s3.Next = request => request.Operation == "CreateMultipartUpload" && Interlocked.Increment(ref lost) == 1 ? new S3Fault.CutAnswer() : null;

        await Task("extract", new JsonObject()).SucceedAsync(new ExtractToS3(), DataPath.Inputs(("table", "noise"), ("bucket", DataPath.Bucket)));

        Assert.That(await _path.OpenUploadsAsync(), Is.Empty);
    }

    [Test]
    public async Task A_completion_that_was_done_but_not_heard_of_is_no_failure_for_good()
    {
        _s3.Next = request => request.Operation == "CompleteMultipartUpload" ? new S3Fault.CutAnswer() : null;

        var failure = await DataPath.FailAsync(() => Task("extract", new JsonObject()).RunAsync(new ExtractToS3(), DataPath.Inputs(("table", "noise"), ("bucket", DataPath.Bucket))));

        Assert.That(failure.Retryable, Is.True, failure.Message);
    }

    [Test]
    public async Task An_S3_that_never_answers_fails_in_the_time_that_the_connection_gives()
    {
        _s3.Next = request => request.Operation is "UploadPart" ? new S3Fault.Silence() : null;

        var failure = await DataPath.FailAsync(() => Task("extract", new JsonObject()).RunAsync(new ExtractToS3(), DataPath.Inputs(("table", "noise"), ("bucket", DataPath.Bucket))));

        Assert.That((failure.Retryable, failure.Message), Is.EqualTo((true, failure.Message)));
        Assert.That(failure.Message, Does.Contain("did not answer within 1 s").And.Contain("read_timeout"));
        Assert.That(await _path.OpenUploadsAsync(), Is.Empty);
    }

    private ActivityEnvironment Task(string taskId, JsonObject extract)
    {
        // Each test's load is a task of its own, so that one's tokens are nothing to another's.
        var task = taskId == "extract" ? _path.Task(taskId) : _path.Loader(extract, $"{taskId}_{Interlocked.Increment(ref _loads)}");
        var aws = DataPath.AwsThrough(_s3.Uri);
        aws.Extra["config_kwargs"] = new JsonObject { ["read_timeout"] = 1 };
        task.Add(aws);
        return task;
    }

    private async Task<JsonObject> UntilItSucceedsAsync(ActivityEnvironment task, IActivity activity, params (string, string)[] inputs)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await task.SucceedAsync(activity, DataPath.Inputs(inputs));
            }
            catch (TaskFailure failure) when (attempt < MaxAttempts)
            {
                TestContext.Out.WriteLine($"attempt {attempt}: {failure.Message}");
                Assert.That(failure.Retryable, Is.True, failure.Message);
            }
        }
    }
}
