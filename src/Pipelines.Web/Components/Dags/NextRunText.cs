using Pipelines.Model.Timetables;
using Pipelines.Storage.Dags;

namespace Pipelines.Web.Components.Dags;

/// <summary>What stands where the moment of a DAG's next run would.</summary>
internal static class NextRunText
{
    /// <summary>Why no moment is known.</summary>
    public static string Without(StoredDag dag) => dag.IsPaused ? "paused"
        : dag.TimetableSummary == AssetTimetable.OnlyAssets ? "when its assets are updated"
        : "by hand";
}
