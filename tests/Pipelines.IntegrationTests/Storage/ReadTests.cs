using System.Text.Json.Nodes;
using Pipelines.IntegrationTests.Scheduling;
using Pipelines.Model.Activities;
using Pipelines.Model.Runs;
using Pipelines.Storage.Dags;
using Pipelines.Storage.Logs;
using Pipelines.Storage.Processes;
using Pipelines.Storage.Runs;

namespace Pipelines.IntegrationTests.Storage;

/// <summary>What UI and CLI read, over one run whose first task runs.</summary>
public class ReadTests
{
    private EngineBench _bench = null!;
    private DagRun _run = null!;
    private Claim _claim = null!;

    [OneTimeSetUp]
    public async Task CreateAsync()
    {
        _bench = await EngineBench.CreateAsync();
        await _bench.AddDagAsync("d", "a>b");
        _run = await _bench.TriggerAsync("d");
        _claim = (await _bench.ClaimAsync(_run, "a"))!;
    }

    [OneTimeTearDown]
    public async Task DropAsync() => await _bench.DisposeAsync();

    [Test]
    public Task Dags_come_with_their_newest_runs() => _bench.Database.InTransactionAsync(async tx =>
    {
        Assert.That((await DagTable.ListAsync(tx)).Select(dag => dag.DagId), Is.EqualTo(new[] { "d" }));
        var newest = (await DagRunQueries.NewestPerDagAsync(tx, 5)).Single();
        Assert.That((newest.Id, newest.State, newest.TriggeredBy), Is.EqualTo((_run.Id, DagRunState.Running, RunTriggeredBy.Cli)));
        Assert.That((await DagRunQueries.FindAsync(tx, "d", _run.RunId))!.Id, Is.EqualTo(_run.Id));
        Assert.That(await DagRunQueries.FindAsync(tx, "d", _bench.Now), Is.Null);
    });

    [Test]
    public Task The_latest_attempt_shows_its_progress_and_inputs() => _bench.Database.InTransactionAsync(async tx =>
    {
        var (id, token) = (_claim.TaskInstance.Id, _claim.TaskInstance.Token);
        Assert.That(await TaskAttemptTable.SetProgressAsync(tx, id, token, new TaskProgress(10, 2048, 1)), Is.True);
        Assert.That(await TaskAttemptTable.SetRenderedInputsAsync(tx, id, token, """{"table":"orders"}"""), Is.True);
        Assert.That(await TaskAttemptTable.SetProgressAsync(tx, id, token + 1, new TaskProgress(0, 0, 0)), Is.False);

        var attempt = (await TaskAttemptTable.LatestOfRunAsync(tx, _run.Id))[id];
        Assert.That((await TaskAttemptTable.FindAsync(tx, attempt.Id))!.Progress, Is.EqualTo(attempt.Progress));
        Assert.That((await TaskInstanceTable.OfTaskAsync(tx, _run.Id, "a")).Single().Id, Is.EqualTo(id));
        Assert.That(await TaskInstanceTable.OfTaskAsync(tx, _run.Id, "unknown"), Is.Empty);
        Assert.That((attempt.Id, attempt.Progress, attempt.RenderedInputs), Is.EqualTo((_claim.AttemptId, new TaskProgress(10, 2048, 1), """{"table":"orders"}""")));
    });

    [TestCase("1.0")]
    [TestCase("1e400")]
    [TestCase("\"a\\u0000b 'quoted' \\\\N\"")]
    [TestCase("{\"b\":1,\"a\":[null,true]}")]
    public Task A_pushed_value_comes_back_as_it_was(string json) => _bench.Database.InTransactionAsync(async tx =>
    {
        Assert.That(await XComTable.PushAsync(tx, _claim.TaskInstance.Id, 1, "key", JsonNode.Parse(json)!, _bench.Now), Is.True);

        Assert.That((await XComTable.PullAsync(tx, _run.Id, "a", "key"))!.ToJsonString(), Is.EqualTo(JsonNode.Parse(json)!.ToJsonString()));
        Assert.That((await XComTable.OfRunAsync(tx, _run.Id)).Select(entry => (entry.TaskId, entry.MapIndex, entry.Key)), Has.Member(("a", -1, "key")));
        Assert.That(await XComTable.PullAsync(tx, _run.Id, "b", "key"), Is.Null);
    });

    [Test]
    public Task A_log_is_read_on_from_where_the_last_page_ended() => _bench.Database.InTransactionAsync(async tx =>
    {
        foreach (var chunk in Enumerable.Range(0, 3))
            await LogTable.AppendAsync(tx, _claim.AttemptId, chunk, [Line($"{chunk}.0"), Line($"{chunk}.1")]);

        var first = await LogTable.ReadAsync(tx, _claim.AttemptId, maxChunks: 2);
        var second = await LogTable.ReadAsync(tx, _claim.AttemptId, first.NextChunk);
        var third = await LogTable.ReadAsync(tx, _claim.AttemptId, second.NextChunk);

        Assert.That(first.Lines.Concat(second.Lines).Select(line => line.Message), Is.EqualTo(new[] { "0.0", "0.1", "1.0", "1.1", "2.0", "2.1" }));
        Assert.That((third.Lines.Count, third.NextChunk), Is.EqualTo((0, 3)));
    });

    [Test]
    public async Task A_log_is_read_by_size_in_both_directions()
    {
        await using var bench = await EngineBench.CreateAsync();
        await bench.AddDagAsync("d", "a");
        var attempt = (await bench.ClaimAsync(await bench.TriggerAsync("d"), "a"))!.AttemptId;
        int[] numbers = [0, 1, 3, 4];
        string[] LinesOf(int chunk) => [Line(new string('x', 1000)), Line($"{chunk}")];
        await bench.Database.InTransactionAsync(async tx =>
        {
            foreach (var chunk in numbers) await LogTable.AppendAsync(tx, attempt, chunk, LinesOf(chunk));

            Assert.That(Numbers(await LogTable.AfterAsync(tx, attempt, 1, 1500)), Is.EqualTo(new[] { 1, 3 }), "as many as hold it, over a gap");
            Assert.That(Numbers(await LogTable.AfterAsync(tx, attempt, 4, 1)), Is.EqualTo(new[] { 4 }), "at least one");
            Assert.That(Numbers(await LogTable.BeforeAsync(tx, attempt, int.MaxValue, 1500)), Is.EqualTo(new[] { 3, 4 }));
            Assert.That(Numbers(await LogTable.BeforeAsync(tx, attempt, 3, 1)), Is.EqualTo(new[] { 1 }));
            Assert.That(Numbers(await LogTable.BeforeAsync(tx, attempt, 0, 1)), Is.Empty);
            Assert.That(await LogTable.ExtentAsync(tx, attempt), Is.EqualTo(new LogExtent { Last = 4, Bytes = numbers.Sum(chunk => string.Join('\n', LinesOf(chunk)).Length) }));
            Assert.That((await LogTable.ExtentAsync(tx, -1)).Last, Is.EqualTo(-1));
        });
    }

    [Test]
    public Task Old_log_days_go_and_young_ones_stay() => _bench.Database.InTransactionAsync(async tx =>
    {
        var day = DateOnly.FromDateTime(_bench.Now.UtcDateTime);
        await LogPartitions.EnsureAsync(tx, day);
        Assert.That(await LogPartitions.DropBeforeAsync(tx, day), Is.Zero);
        Assert.That(await LogPartitions.DropBeforeAsync(tx, day.AddDays(2)), Is.EqualTo(2));
    });

    [Test]
    public Task Only_processes_with_a_fresh_heartbeat_are_alive() => _bench.Database.InTransactionAsync(async tx =>
    {
        var id = await JobTable.StartAsync(tx, "worker", "host", 7, _bench.Now.AddMinutes(-5));
        Assert.That(await JobTable.AliveAsync(tx, _bench.Now.AddMinutes(-1)), Is.Empty);
        await JobTable.HeartbeatAsync(tx, id, _bench.Now);
        Assert.That((await JobTable.AliveAsync(tx, _bench.Now.AddMinutes(-1))).Single().Pid, Is.EqualTo(7));
        await JobTable.EndAsync(tx, id, _bench.Now);
        Assert.That(await JobTable.AliveAsync(tx, _bench.Now.AddMinutes(-1)), Is.Empty);
    });

    private static IEnumerable<int> Numbers(IReadOnlyList<LogChunk> chunks) => chunks.Select(chunk => chunk.Number);

    private string Line(string message) => LogTable.Encode(new LogLine(_bench.Now, LogLevel.Info, message));
}
