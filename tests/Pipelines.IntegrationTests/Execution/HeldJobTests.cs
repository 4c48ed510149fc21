using Hangfire;
using Hangfire.Storage;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Scheduling;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>Another process holds the lock of a Hangfire job, or died while it did: whoever has to tell Hangfire of that job and of others tells of the others.</summary>
public sealed class HeldJobTests
{
    // Far below the minute after which Hangfire takes a dead process's lock.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, long> _runs = [];
    private TestEngine _engine = null!;
    private IStorageConnection _other = null!;
    private IDisposable _lock = null!;

    /// <summary>Tasks whose jobs are enqueued and have to become failed.</summary>
    [SetUp]
    public async Task HoldAsync()
    {
        _engine = await TestEngine.StartAsync(worker: false);
        foreach (var dagId in new[] { "held", "free" }) _runs[dagId] = await _engine.StartRunAsync(dagId, new TestTask("only"));
        await _engine.Sql.ExecuteAsync("UPDATE pipelines.task_instance SET state = 'failed', handed_at = NULL, token = 1, start_date = now(), end_date = now()");
        _other = _engine.Get<JobStorage>().GetConnection();
        _lock = _other.AcquireDistributedJobLock((await TaskAsync("held")).HangfireJobId, TimeSpan.FromSeconds(10));
    }

    [TearDown]
    public async Task LetGoAsync()
    {
        _lock.Dispose();
        _other.Dispose();
        await _engine.DisposeAsync();
    }

    [Test]
    public async Task The_others_that_are_told_with_it_are_told()
    {
        var telling = _engine.Get<ITaskQueue>().RecordAsync([(await TaskAsync("held")).Id, (await TaskAsync("free")).Id], default);

        await _engine.UntilJobIsAsync(_runs["free"], "only", "Failed");
        Assert.That(_engine.JobState(await TaskAsync("held")), Is.EqualTo("Enqueued"));
        await telling.WaitAsync(Patience);
    }

    [Test]
    public async Task Who_tells_does_not_wait_for_it_and_it_is_told_when_it_is_free()
    {
        await _engine.Get<ITaskQueue>().RecordAsync([(await TaskAsync("held")).Id], default).WaitAsync(Patience);

        Assert.That(_engine.JobState(await TaskAsync("held")), Is.EqualTo("Enqueued"));
        _lock.Dispose();
        await _engine.UntilJobIsAsync(_runs["held"], "only", "Failed");
    }

    [Test]
    public async Task However_often_it_is_to_be_told_there_is_a_thread_to_tell_of_others()
    {
        var (held, free) = ((await TaskAsync("held")).Id, (await TaskAsync("free")).Id);
        var tellings = new Tellings();
        for (var number = 0; number < 20; number++) tellings.Start(() => _engine.Get<ITaskQueue>().RecordAsync([held], default));
        tellings.Start(() => _engine.Get<ITaskQueue>().RecordAsync([free], default));

        await _engine.UntilJobIsAsync(_runs["free"], "only", "Failed");
        Assert.That(_engine.JobState(await TaskAsync("held")), Is.EqualTo("Enqueued"));
        await tellings.DoneAsync().WaitAsync(Patience);
        _lock.Dispose();
        await _engine.UntilJobIsAsync(_runs["held"], "only", "Failed");
        Assert.That(_engine.History(await TaskAsync("held")).Select(state => state.StateName), Is.EqualTo(new[] { "Enqueued", "Failed" }), "told once");
    }

    private Task<Model.Runs.TaskInstance> TaskAsync(string dagId) => _engine.TaskAsync(_runs[dagId], "only");
}
