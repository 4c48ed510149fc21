using Pipelines.Storage.Dags;
using Pipelines.Storage.Runs;
using Pipelines.Web.Grid;

namespace Pipelines.UnitTests.Web;

/// <summary>Runs as the grid's query would read them.</summary>
internal static class GridRuns
{
    public static readonly DateTimeOffset Start = new(2026, 1, 2, 0, 0, 0, TimeSpan.Zero);

    public static GridHead Head { get; } = new(new StoredDag { DagId = "d", FileName = "d.json", TimetableSummary = "", Owner = "o", MaxActiveRuns = 16, IsPaused = true }, "abc");

    /// <param name="cells">e.g. <c>a:success b:running</c>.</param>
    public static GridRun Of(long id, string cells, string dagId = "d", string state = "running")
    {
        var parts = cells.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(cell => cell.Split(':')).ToList();
        return new GridRun
        {
            Id = id,
            DagId = dagId,
            RunId = $"run_{id}",
            RunType = "manual",
            State = state,
            RunAfter = Start,
            StartDate = Start,
            TaskIds = [.. parts.Select(part => part[0])],
            States = [.. parts.Select(part => part[1])],
            Lengths = [.. parts.Select(_ => 15L)],
        };
    }
}
