using Pipelines.Activities.Branching;
using Pipelines.Activities.Waiting;
using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>Chooses by the day of the week, as Airflow's BranchDayOfWeekOperator.</summary>
public sealed class BranchDayOfWeek : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new(
        "BranchDayOfWeek", "Branch by day of the week", "Control",
        "Chooses by the day of the week which of the tasks directly after it run; the others are skipped.",
        [Weekdays.Descriptor, Weekdays.LogicalDateDescriptor, Zones.Descriptor, .. Fork.Inputs],
        [],
        Fork.Ports)
    { Checks = Fork.Checks, Follows = Fork.Follows };

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var (days, date) = (Weekdays.Of(context.Inputs), Weekdays.Moment(context));
        context.Log(LogLevel.Info, $"{date:yyyy-MM-dd} is a {date.DayOfWeek}.");
        return Task.FromResult<Outcome>(Fork.Take(context, days.Contains(date.DayOfWeek)));
    }
}
