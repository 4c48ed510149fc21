using Pipelines.Model.Activities;

namespace Pipelines.Activities;

/// <summary>The activities that every installation has; the host puts them into its <see cref="ActivityCatalog"/>.</summary>
public static class BuiltInActivities
{
    /// <summary>One instance each; they keep no state and read time from the attempt.</summary>
    public static IReadOnlyList<IActivity> All { get; } =
    [
        new ExtractToS3(), new CopyToRedshift(), new SqlQuery(), new Reconcile(), new Empty(), new Branch(), new ShortCircuit(), new LatestOnly(), new Bash(), new Python(), new Http(), new Email(),
        new BranchPython(), new ShortCircuitPython(), new BranchSql(), new BranchDateTime(), new BranchDayOfWeek(), new Hitl(), new Approval(), new HitlBranch(), new HitlEntry(), new TriggerDagRun(),
        new DateTimeSensor(), new TimeDeltaSensor(), new TimeSensor(), new DayOfWeekSensor(), new FileSensor(), new SqlSensor(), new S3KeySensor(), new HttpSensor(), new ExternalTaskSensor(),
    ];
}
