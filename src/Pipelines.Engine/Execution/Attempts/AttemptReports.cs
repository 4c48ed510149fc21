namespace Pipelines.Engine.Execution.Attempts;

/// <summary>
/// Reports the ends of a worker's attempts. Those of one run that end at about the same time go into one transaction, since each would
/// wait for the run's lock and plan the same run; an attempt that ends alone does not wait for others.
/// </summary>
/// <param name="commit">Commits the ends of attempts of one run: one answer per ending, in their order.</param>
/// <param name="unheard">Called when a commit failed which may have taken effect all the same, and claimed tasks that nobody knows of.</param>
internal sealed class AttemptReports(Func<IReadOnlyList<AttemptEnding>, Task<IReadOnlyList<ReportAnswer>>> commit, Action unheard)
{
    // As PostgreSQL's commit_delay: long for a task that does nothing, short for one that does something.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(2);

    private readonly Dictionary<long, Line> _byRun = [];
    private readonly Lock _lock = new();

    /// <summary>Reports one; throws what the database throws, and may then be called again.</summary>
    public async Task<ReportAnswer> SendAsync(AttemptEnding ending)
    {
        var pending = new Pending(ending);
        var runId = ending.Assignment.Run.Id;
        bool leads;
        lock (_lock)
        {
            leads = !_byRun.TryGetValue(runId, out var line);
            if (leads) _byRun[runId] = line = new Line();
            line!.Add(pending);
        }
        if (leads) _ = Task.Run(() => LeadAsync(runId));
        return await pending.Answer.Task;
    }

    private async Task LeadAsync(long runId)
    {
        while (TakeFrom(runId) is { Count: > 0 } batch)
        {
            await AnswerAsync(batch);
            // Several that ended at once may do so again with the tasks that they have taken now.
            if (batch.Count > 1) await Task.WhenAny(JoinedAsync(runId, batch.Count), Task.Delay(Gathering));
        }
    }

    private List<Pending> TakeFrom(long runId)
    {
        lock (_lock)
        {
            var taken = _byRun[runId].Take();
            if (taken.Count == 0) _byRun.Remove(runId);
            return taken;
        }
    }

    private Task JoinedAsync(long runId, int others)
    {
        lock (_lock) return _byRun[runId].JoinedAsync(others);
    }

    private async Task AnswerAsync(IReadOnlyList<Pending> batch)
    {
        try
        {
            var answers = await commit([.. batch.Select(pending => pending.Ending)]);
            foreach (var (pending, answer) in batch.Zip(answers)) pending.Answer.SetResult(answer);
        }
        catch (Exception error) when (batch.Count == 1)
        {
            unheard();
            batch[0].Answer.SetException(error);
        }
        catch (Exception)
        {
            unheard();
            // Alone, so that one that cannot be stored does not take the others with it; the commit may have been heard of by the database only.
            foreach (var pending in batch) await AnswerAsync([pending.SentAgain()]);
        }
    }

    /// <summary>Those of one run that wait for the transaction after the one that is under way.</summary>
    private sealed class Line
    {
        private List<Pending> _waiting = [];
        private (int Count, TaskCompletionSource Joined)? _wanted;

        public void Add(Pending pending)
        {
            _waiting.Add(pending);
            if (_wanted is { } wanted && _waiting.Count >= wanted.Count) wanted.Joined.TrySetResult();
        }

        public List<Pending> Take()
        {
            var taken = _waiting;
            (_waiting, _wanted) = ([], null);
            return taken;
        }

        /// <summary>Done when so many others wait, too.</summary>
        public Task JoinedAsync(int others)
        {
            var joined = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _wanted = (_waiting.Count + others, joined);
            return joined.Task;
        }
    }

    private sealed record Pending(AttemptEnding Ending)
    {
        public TaskCompletionSource<ReportAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        // A copy shares the answer that its sender waits for.
        public Pending SentAgain() => this with { Ending = Ending with { IsSentAgain = true } };
    }
}

/// <summary>An attempt that has ended.</summary>
/// <param name="Assignment">What it was about.</param>
/// <param name="Result">How it ended.</param>
/// <param name="LastLines">The end of its log.</param>
/// <param name="IsFree">Its worker takes another task at once.</param>
internal sealed record AttemptEnding(Assignment Assignment, AttemptResult Result, LastLines LastLines, bool IsFree)
{
    /// <summary>It was sent before, and nobody knows whether that was committed.</summary>
    public bool IsSentAgain { get; init; }
}

/// <summary>What came of a report.</summary>
/// <param name="Accepted">False: the attempt no longer held the task instance.</param>
/// <param name="Next">What the worker has claimed in its place; null: nothing is ready, or it takes no other.</param>
/// <param name="Work">What Hangfire must be told now, besides the job that ends.</param>
/// <param name="Later">Task instances that Hangfire needs to hear of if nobody has taken them in a moment.</param>
internal sealed record ReportAnswer(bool Accepted, Claimed? Next, Scheduling.PlannedWork Work, IReadOnlyList<long> Later)
{
    /// <summary>Nothing follows from it.</summary>
    public static ReportAnswer Of(bool accepted) => new(accepted, null, Scheduling.PlannedWork.None, []);
}
