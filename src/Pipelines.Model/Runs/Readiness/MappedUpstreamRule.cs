using Pipelines.Model.Dags;

namespace Pipelines.Model.Runs.Readiness;

/// <summary>
/// Whether the tasks over whose results a task is mapped have come to one (airflow-semantics.md §11): without it nobody knows how many task
/// instances there are, whatever the trigger rule says of the task. A mapped one of them has when it was expanded.
/// </summary>
internal static class MappedUpstreamRule
{
    /// <summary>Judges a mapped task, also one that was expanded before: what it is mapped over may have been cleared with it.</summary>
    /// <param name="task">The mapped task.</param>
    /// <param name="states">Of the run.</param>
    /// <param name="length">How many task instances it is to have; null: not known.</param>
    public static ReadinessAnswer Judge(DagTask task, RunStates states, long? length)
    {
        var sources = task.Mapping!.TaskIds.SelectMany(taskId => states.AsUpstream(taskId)).ToList();
        var single = sources.Where(source => source.MapIndex < 0).ToList();
        if (First(single, TaskState.Failed, TaskState.UpstreamFailed) is { } failed)
            return new(ReadinessVerdict.UpstreamFailed, $"{failed}; '{task.TaskId}' is mapped over what it was to return");
        if (First(single, TaskState.Skipped) is { } skipped)
            return new(ReadinessVerdict.Skipped, $"{skipped}; '{task.TaskId}' is mapped over what it was to return");
        if (sources.Where(source => !source.State.IsFinished()).Select(source => source.Name).ToList() is { Count: > 0 } open)
            return new(ReadinessVerdict.Waiting, $"waits for {FirstFew.Of(open)}, which it is mapped over");
        return length switch
        {
            null => new(ReadinessVerdict.UpstreamFailed, $"it is mapped over what {FirstFew.Of([.. task.Mapping.TaskIds])} returned, and there is no list or dict: nobody knows how many task instances it has. Clear it together with them"),
            > Mapping.TaskMapping.MostInstances => new(ReadinessVerdict.UpstreamFailed, $"it would have {length} task instances, and more than {Mapping.TaskMapping.MostInstances} are not made. Map it over less"),
            0 => new(ReadinessVerdict.Skipped, "it is mapped over nothing: the list or dict is empty"),
            _ => new(ReadinessVerdict.Passed, "what it is mapped over is known"),
        };
    }

    private static string? First(List<UpstreamState> sources, params TaskState[] states)
    {
        foreach (var source in sources)
            if (states.Contains(source.State)) return $"{source.Name} ({StateNames.ToName(source.State)})";
        return null;
    }
}
