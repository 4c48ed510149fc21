namespace Pipelines.Model.Runs.Readiness;

/// <summary>What a readiness rule says of a task instance.</summary>
public enum ReadinessVerdict
{
    /// <summary>As far as this rule goes it may run.</summary>
    Passed,

    /// <summary>Not yet.</summary>
    Waiting,

    /// <summary>Never: it becomes upstream_failed now.</summary>
    UpstreamFailed,

    /// <summary>Never: it becomes skipped now.</summary>
    Skipped,
}

/// <summary>A readiness rule's answer. Rules only look; the planner acts.</summary>
/// <param name="Verdict">What the rule says.</param>
/// <param name="Reason">Why, in words for the user.</param>
public readonly record struct ReadinessAnswer(ReadinessVerdict Verdict, string Reason)
{
    /// <summary>The reasons of those that say: not yet.</summary>
    public static IEnumerable<string> Waits(params IEnumerable<ReadinessAnswer> answers) =>
        answers.Where(answer => answer.Verdict == ReadinessVerdict.Waiting).Select(answer => answer.Reason);
}

/// <summary>One task instance directly before the one in question.</summary>
/// <param name="TaskId">Its task.</param>
/// <param name="State">Its state now.</param>
/// <param name="IsSetup">Whether it is a setup, which <see cref="Dags.TriggerRule.AllDoneSetupSuccess"/> asks.</param>
/// <param name="MapIndex">-1 when it is not mapped.</param>
public readonly record struct UpstreamState(string TaskId, TaskState State, bool IsSetup = false, int MapIndex = -1)
{
    /// <summary>What people call it.</summary>
    public string Name => TaskInstance.NameOf(TaskId, MapIndex);
}
