namespace Pipelines.Model.Runs.Readiness;

/// <summary>The tasks directly before one, counted by how they have ended, with the words for what a rule sees in them (airflow-semantics.md §7).</summary>
internal sealed class Upstream
{
    private readonly IReadOnlyList<UpstreamState> _tasks;

    public Upstream(IReadOnlyList<UpstreamState> tasks)
    {
        _tasks = tasks;
        foreach (var task in tasks)
        {
            switch (task.State)
            {
                case TaskState.Success: Success++; break;
                case TaskState.Skipped: Skipped++; break;
                case TaskState.Failed: Failed++; break;
                case TaskState.UpstreamFailed: UpstreamFailed++; break;
            }
            if (task.State.IsFinished()) Done++;
        }
    }

    public int Count => _tasks.Count;

    public int Success { get; }

    public int Skipped { get; }

    public int Failed { get; }

    public int UpstreamFailed { get; }

    /// <summary>Of all finished states, so more than the four above where a task was removed.</summary>
    public int Done { get; }

    public bool AllDone => Done == Count;

    /// <summary>Those of them that are setups.</summary>
    public Upstream Setups => new([.. _tasks.Where(task => task.IsSetup)]);

    /// <summary>It may run.</summary>
    public static ReadinessAnswer Passes(string why) => new(ReadinessVerdict.Passed, why);

    /// <summary>It is skipped, because of the first task in one of these states.</summary>
    public ReadinessAnswer SkipsFor(string rule, params TaskState[] states) => new(ReadinessVerdict.Skipped, $"{First(states)}; {rule} skips with it");

    /// <summary>It is skipped, because of all of them.</summary>
    public static ReadinessAnswer Skips(string why) => new(ReadinessVerdict.Skipped, why);

    /// <summary>It fails with its upstream, because of the first task that failed.</summary>
    public ReadinessAnswer FailsFor(string needs) => new(ReadinessVerdict.UpstreamFailed, $"{First(TaskState.Failed, TaskState.UpstreamFailed)}; {needs}");

    /// <summary>It fails with its upstream, because of all of them.</summary>
    public static ReadinessAnswer Fails(string why) => new(ReadinessVerdict.UpstreamFailed, why);

    /// <summary>It waits for those that have not ended.</summary>
    public ReadinessAnswer Waits()
    {
        // Without their states, which change while this is shown: nobody decides anew before one has ended.
        var unfinished = _tasks.Where(task => !task.State.IsFinished()).Select(task => task.Name).ToList();
        // A removed task has ended, but not as some rules want it; it comes back or its edge goes.
        var open = unfinished.Count > 0 ? unfinished : _tasks.Where(task => task.State == TaskState.Removed).Select(Describe).ToList();
        return new(ReadinessVerdict.Waiting, $"waits for {FirstFew.Of(open)}");
    }

    /// <summary>The first task in one of these states, with its state.</summary>
    public string First(params TaskState[] states) => Describe(_tasks.First(task => states.Contains(task.State)));

    private static string Describe(UpstreamState task) => $"{task.Name} ({StateNames.ToName(task.State)})";
}
