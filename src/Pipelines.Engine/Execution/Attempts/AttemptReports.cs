namespace Pipelines.Engine.Execution.Attempts;

/// <summary>
/// Reports the ends of a worker's attempts. Those of one run that end at about the same time go into one transaction, since each would
/// wait for the run's lock and plan the same run; an attempt that ends alone does not wait for others.
/// </summary>
internal sealed class AttemptReports(ReportTransaction report)
{
    private readonly Dictionary<long, List<Pending>> _byRun = [];
    private readonly Lock _lock = new();

    /// <summary>Reports one; throws what the database throws, and may then be called again.</summary>
    public async Task<ReportAnswer> SendAsync(AttemptEnding ending)
    {
        var pending = new Pending(ending);
        var runId = ending.Assignment.Run.Id;
        bool leads;
        lock (_lock)
        {
            leads = !_byRun.TryGetValue(runId, out var waiting);
            if (leads) _byRun[runId] = [pending];
            else waiting!.Add(pending);
        }
        if (leads) _ = Task.Run(() => LeadAsync(runId));
        return await pending.Answer.Task;
    }

    private async Task LeadAsync(long runId)
    {
        while (true)
        {
            List<Pending> batch;
            lock (_lock)
            {
                batch = _byRun[runId];
                if (batch.Count == 0)
                {
                    _byRun.Remove(runId);
                    return;
                }
                _byRun[runId] = [];
            }
            await AnswerAsync(batch);
        }
    }

    private async Task AnswerAsync(IReadOnlyList<Pending> batch)
    {
        try
        {
            var answers = await report.CommitAsync([.. batch.Select(pending => pending.Ending)]);
            foreach (var (pending, answer) in batch.Zip(answers)) pending.Answer.SetResult(answer);
        }
        catch (Exception error) when (batch.Count == 1)
        {
            batch[0].Answer.SetException(error);
        }
        catch (Exception)
        {
            // Alone, so that one that cannot be stored does not take the others with it.
            foreach (var pending in batch) await AnswerAsync([pending]);
        }
    }

    private sealed record Pending(AttemptEnding Ending)
    {
        public TaskCompletionSource<ReportAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
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
