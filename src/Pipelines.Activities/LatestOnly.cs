using Pipelines.Model.Activities;
using Pipelines.Model.Runs;

namespace Pipelines.Activities;

/// <summary>Skips the tasks directly after it in every run but the latest, as Airflow's LatestOnlyOperator.</summary>
public sealed class LatestOnly : IActivity
{
    public ActivityDescriptor Descriptor { get; } = new(
        "LatestOnly", "Latest only", "Control",
        "Skips the tasks directly after it unless the run is the latest that the schedule calls for, or was triggered by hand: so a catchup or backfill does not repeat them.",
        [], [], [ActivityDescriptor.Done])
    { SkipsDownstream = true };

    public Task<Outcome> RunAsync(ITaskContext context, CancellationToken cancellation)
    {
        var (now, next) = (context.Time.GetUtcNow(), context.Run.NextInterval);
        if (context.Run.RunType == DagRunType.Manual) return GoOn(context, "The run was triggered by hand");
        if (next is null) return GoOn(context, "The schedule calls for no run after this one");
        // Until the next run's interval is over this one is the latest.
        var until = $"{next.Value.End.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC";
        if (now <= next.Value.End) return GoOn(context, $"The run is the latest until {until}");
        context.Log(LogLevel.Info, $"The run has not been the latest since {until}: the tasks directly after it are skipped.");
        return Task.FromResult<Outcome>(new Outcome.Succeeded { Downstream = new Downstream.FollowTasks([]) });
    }

    private static Task<Outcome> GoOn(ITaskContext context, string why)
    {
        context.Log(LogLevel.Info, $"{why}: the tasks after it go on.");
        return Task.FromResult<Outcome>(new Outcome.Succeeded());
    }
}
