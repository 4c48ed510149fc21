using System.Globalization;
using Pipelines.Model.Runs;

namespace Pipelines.Web.Components.Dags;

/// <summary>Where a task's latest attempt lies in the time of its run, for a bar.</summary>
internal sealed class RunTimeline
{
    private readonly DateTimeOffset _start;
    private readonly double _length;
    private readonly DateTimeOffset _now;

    /// <param name="tasks">All of a run.</param>
    /// <param name="now">The end of what still runs.</param>
    public RunTimeline(IReadOnlyList<TaskInstance> tasks, DateTimeOffset now)
    {
        _now = now;
        var begun = tasks.Where(task => task.StartDate is not null).ToList();
        _start = begun.Select(task => task.StartDate!.Value).DefaultIfEmpty(now).Min();
        _length = Math.Max(1, (begun.Select(End).DefaultIfEmpty(now).Max() - _start).TotalMilliseconds);
    }

    /// <summary>Style of the bar, in percent of the run; null: it has not started.</summary>
    public string? BarOf(TaskInstance task) => task.StartDate is not { } start ? null : string.Create(
        CultureInfo.InvariantCulture, $"left:{Percent(start - _start):0.##}%;width:{Percent(End(task) - start):0.##}%");

    /// <summary>How long the latest attempt took or has taken; null: it has not started.</summary>
    public TimeSpan? LengthOf(TaskInstance task) => task.StartDate is { } start ? End(task) - start : null;

    private DateTimeOffset End(TaskInstance task) => task.State == TaskState.Running || task.EndDate is not { } end || end < task.StartDate ? _now : end;

    private double Percent(TimeSpan time) => Math.Clamp(time.TotalMilliseconds / _length * 100, 0, 100);
}
