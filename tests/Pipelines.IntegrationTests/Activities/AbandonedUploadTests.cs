using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using Pipelines.Activities;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.TestKit.Faults;

namespace Pipelines.IntegrationTests.Activities;

/// <summary>What an attempt leaves open in S3 when its process dies in the middle of an upload, and what its successor does about it.</summary>
public sealed class AbandonedUploadTests
{
    private DataPath _path = null!;
    private S3Gate _gate = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _path = await DataPath.StartAsync();
        _gate = new S3Gate(_path.S3.Uri.Port);
        await _path.Source.ExecuteAsync("CREATE TABLE wide AS SELECT i, repeat(md5(i::text), 300) AS text FROM generate_series(1, 700) i");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _gate.DisposeAsync();
        await _path.DisposeAsync();
    }

    [Test]
    public async Task The_next_attempt_aborts_what_a_dead_one_left_open_and_nothing_of_other_tasks()
    {
        await using var dead = await DieAsync("extract");
        await using var other = await DieAsync("another");
        Assert.That(await OpenUploadsAsync(), Has.Count.EqualTo(2));

        var next = _path.Task("extract");
        (next.TryNumber, next.Token) = (1, 1);
        await next.SucceedAsync(new ExtractToS3(), Inputs());

        Assert.That(next.Log, Does.Contain("which an earlier attempt had left open"));
        Assert.That(await OpenUploadsAsync(), Has.Count.EqualTo(1), "the other task may be alive");
    }

    private static Dictionary<string, string?> Inputs() =>
        DataPath.Inputs(("bucket", DataPath.Bucket), ("table", "wide"), ("prefix", "shared"), ("compression", "none"));

    /// <summary>An attempt that stands still at its first part for as long as it is held, which is how a dead process looks from outside.</summary>
    private async Task<Held> DieAsync(string taskId)
    {
        var task = _path.Task(taskId);
        task.Add(new Connection("aws_default", "aws")
        {
            Login = _path.AwsConnection.Login,
            Password = _path.AwsConnection.Password,
            Extra = new JsonObject { ["endpoint_url"] = $"http://127.0.0.1:{_gate.Port}", ["region_name"] = "us-east-1" },
        });
        // Its second part may come at any time: only the first is caught, or it would spring the next attempt's trap.
        var trap = _gate.Set(request => request is { Operation: "UploadPart", Part: 1 });
        var attempt = task.RunAsync(new ExtractToS3(), Inputs());
        await Task.WhenAny(trap.Sprung, attempt);
        Assert.That(trap.Sprung.IsCompleted, "the upload has parts");
        return new Held(trap, attempt);
    }

    private async Task<List<MultipartUpload>> OpenUploadsAsync()
    {
        using var client = new AmazonS3Client(
            new BasicAWSCredentials(_path.AwsConnection.Login, _path.AwsConnection.Password),
            new AmazonS3Config { ServiceURL = _path.S3.Uri.ToString(), ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        return (await client.ListMultipartUploadsAsync(new ListMultipartUploadsRequest { BucketName = DataPath.Bucket })).MultipartUploads ?? [];
    }

    private sealed class Held(Trap<S3Request> trap, Task<Outcome> attempt) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            trap.Cut();
            // How it ends does not matter: it is dead.
            await attempt.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
