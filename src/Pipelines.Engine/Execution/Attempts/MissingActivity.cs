using Pipelines.Model.Activities;

namespace Pipelines.Engine.Execution.Attempts;

/// <summary>What becomes of a task whose activity this process lacks: its plugin may be on the way here, so it waits and uses up no try.</summary>
internal static class MissingActivity
{
    /// <summary>Time to the next attempt.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    /// <summary>The end of this attempt for now.</summary>
    public static Outcome.RescheduleAt Wait(string activityType, string worker, DateTimeOffset now) => new(now + Again,
        $"Worker {worker} does not know the activity '{activityType}', so the task waits. Put its plugin into the plugins folder of every host ('pipelines plugins list' shows those that are there), or start workers of the version that the DAG was written for.");
}
