using System.Text;
using Microsoft.Extensions.Time.Testing;
using Pipelines.Engine.Execution.Attempts;
using Pipelines.Model.Activities;
using Pipelines.Storage.Logs;

namespace Pipelines.UnitTests.Execution;

public sealed class TaskLogTests
{
    [Test]
    public async Task Chunks_never_exceed_their_limit_whatever_the_lines_hold()
    {
        var store = new Store();
        await using var log = NewLog(store);

        foreach (var text in new[] { new string('\0', 30_000), new string('é', 50_000), string.Concat(Enumerable.Repeat("🙂", 20_000)), "" }) log.Write(LogLevel.Info, text);
        await log.EndAsync(default);

        Assert.That(store.Chunks.Select(lines => Encoding.UTF8.GetByteCount(string.Join('\n', lines))), Is.All.LessThanOrEqualTo(LogTable.MaxChunkBytes));
        Assert.That(store.Text, Does.Not.Contain("\\uD83D\"").And.Not.Contain("\uFFFD"), "No character is cut in two.");
    }

    [Test]
    public async Task A_huge_log_keeps_its_head_and_its_tail_and_says_how_many_lines_are_missing()
    {
        var store = new Store();
        await using var log = NewLog(store, new TaskLogLimits { HeadBytes = 1000, TailBytes = 500 });

        for (var line = 0; line < 100; line++) log.Write(LogLevel.Info, $"line {line:00}");
        await log.EndAsync(default);

        Assert.That(store.Text, Does.Contain("line 00").And.Contain("line 99").And.Not.Contain("line 50"));
        var kept = Enumerable.Range(0, 100).Count(line => store.Text.Contains($"line {line:00}", StringComparison.Ordinal));
        Assert.That(store.Text, Does.Contain($"{100 - kept} log lines are left out here"));
    }

    [Test]
    public async Task Lines_wait_for_a_database_that_is_away_and_no_chunk_number_is_used_twice()
    {
        var store = new Store { Away = true };
        await using var log = NewLog(store);
        log.Write(LogLevel.Info, "one");
        Assert.That(async () => await log.FlushAsync(), Throws.TypeOf<IOException>());

        store.Away = false;
        log.Write(LogLevel.Info, "two");
        await log.EndAsync(default);

        Assert.That(store.Text, Does.Contain("one").And.Contain("two"));
        Assert.That(store.Numbers, Is.Unique);
    }

    [Test]
    public async Task Who_writes_faster_than_the_database_takes_waits_and_no_line_is_lost()
    {
        var store = new Store();
        await using var log = NewLog(store, new TaskLogLimits { PendingBytes = LogTable.MaxChunkBytes });
        var line = new string('x', 1000);

        await Task.WhenAll(Enumerable.Range(0, 2).Select(writer => Task.Run(() =>
        {
            for (var number = 0; number < 1000; number++) log.Write(LogLevel.Info, $"{writer}.{number} {line}");
        })));
        await log.EndAsync(default);

        Assert.That(store.Chunks.Sum(lines => lines.Count), Is.EqualTo(2000));
        Assert.That(store.Text, Does.Not.Contain("missing"));
    }

    [Test]
    public async Task Of_lines_that_a_database_does_not_take_for_long_the_last_are_kept_and_the_gap_is_named_in_its_place()
    {
        var store = new Store { Away = true };
        var time = new FakeTimeProvider();
        await using var log = NewLog(store, new TaskLogLimits { PendingBytes = 200 }, time);
        log.Write(LogLevel.Info, "taken");
        Assert.That(async () => await log.FlushAsync(), Throws.TypeOf<IOException>());
        var writing = Task.Run(() =>
        {
            for (var line = 0; line < 49; line++) log.Write(LogLevel.Info, $"line {line}");
        });
        while (!writing.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        // Nobody moves the clock any more: who has waited in vain once does not wait again.
        log.Write(LogLevel.Info, "line 49");
        store.Away = false;
        await log.EndAsync(default);

        var kept = Enumerable.Range(0, 50).Where(line => store.Text.Contains($"\"line {line}\"", StringComparison.Ordinal)).ToList();
        Assert.That(kept, Is.EqualTo(Enumerable.Range(50 - kept.Count, kept.Count)).And.Not.Empty);
        Assert.That(store.Text, Does.Match($"\"taken\"[^\n]*\n[^\n]*{50 - kept.Count} log lines are missing here"));
    }

    [Test]
    public async Task A_refused_log_says_so_once_and_goes_no_further()
    {
        var store = new Store { Refuses = true };
        await using var log = NewLog(store);

        log.Write(LogLevel.Info, "late");
        await log.FlushAsync();
        log.Write(LogLevel.Info, "later");
        await log.EndAsync(default);

        Assert.That(store.Last.Single().Message, Does.StartWith("Later lines of this attempt are refused"));
    }

    [Test]
    public async Task A_refusal_that_could_not_be_written_is_written_at_the_end()
    {
        var store = new Store { Refuses = true, LosesLast = true };
        await using var log = NewLog(store);
        log.Write(LogLevel.Info, "late");
        await Assert.ThatAsync(() => log.FlushAsync(), Throws.InstanceOf<IOException>());

        store.LosesLast = false;
        await log.EndAsync(default);

        Assert.That(store.Last.Single().Message, Does.StartWith("Later lines of this attempt are refused"));
    }

    private static TaskLog NewLog(Store store, TaskLogLimits? limits = null, FakeTimeProvider? time = null) =>
        new(store, new SeenSecrets(), time ?? new(), (limits ?? new()) with { FlushEvery = Timeout.InfiniteTimeSpan });

    private sealed class Store : ILogStore
    {
        private readonly List<(int Number, IReadOnlyList<string> Lines)> _chunks = [];

        public bool Away { get; set; }

        public bool Refuses { get; init; }

        public bool LosesLast { get; set; }

        public List<LogLine> Last { get; } = [];

        public IEnumerable<IReadOnlyList<string>> Chunks => _chunks.Select(chunk => chunk.Lines);

        public IEnumerable<int> Numbers => _chunks.Select(chunk => chunk.Number);

        public string Text => string.Join('\n', Chunks.SelectMany(lines => lines));

        public Task<bool> AppendAsync(int chunk, IReadOnlyList<string> encodedLines, CancellationToken cancellation)
        {
            if (Away) throw new IOException("away");
            if (!Refuses) _chunks.Add((chunk, encodedLines));
            return Task.FromResult(!Refuses);
        }

        public Task AppendLastAsync(LogLine line, CancellationToken cancellation)
        {
            if (LosesLast) throw new IOException("away");
            Last.Add(line);
            return Task.CompletedTask;
        }
    }
}
