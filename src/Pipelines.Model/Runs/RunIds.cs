using System.Text.RegularExpressions;

namespace Pipelines.Model.Runs;

/// <summary>Run ids in Airflow's format (airflow-semantics.md §3): <c>type__moment</c>.</summary>
public static partial class RunIds
{
    /// <summary>Longest run id, in characters.</summary>
    public const int MaxLength = 250;

    /// <summary>Prefixes that tell a run's type; a person may use only the first. The last two are Airflow's asset runs.</summary>
    private static readonly string[] Prefixes = ["manual__", "scheduled__", "backfill__", "asset_triggered__", "asset_materialization__"];

    /// <summary>Of a run the timetable calls for.</summary>
    public static string Scheduled(DateTimeOffset logicalDate) => "scheduled__" + IsoDate.Format(logicalDate);

    /// <summary>Of a backfill's run.</summary>
    public static string Backfill(DateTimeOffset logicalDate) => "backfill__" + IsoDate.Format(logicalDate);

    /// <summary>Of a triggered run with a logical date.</summary>
    /// <param name="runAfter">The time of the request, not the logical date.</param>
    public static string Manual(DateTimeOffset runAfter) => "manual__" + IsoDate.Format(runAfter);

    /// <summary>Of a triggered run without a logical date, of which several may share a moment.</summary>
    /// <param name="runAfter">The time of the request.</param>
    /// <param name="random">Eight random letters or digits.</param>
    public static string ManualWithoutLogicalDate(DateTimeOffset runAfter, string random) => $"{Manual(runAfter)}_{random}";

    /// <summary>Of a run that updates of assets called for.</summary>
    /// <param name="runAfter">The moment of the latest of them.</param>
    /// <param name="random">Eight random letters or digits.</param>
    public static string AssetTriggered(DateTimeOffset runAfter, string random) => $"asset_triggered__{IsoDate.Format(runAfter)}_{random}";

    /// <summary>Of a run that makes an asset anew.</summary>
    /// <param name="runAfter">The time of the request.</param>
    /// <param name="random">Eight random letters or digits.</param>
    public static string AssetMaterialization(DateTimeOffset runAfter, string random) => $"asset_materialization__{IsoDate.Format(runAfter)}_{random}";

    /// <summary>Of the test of one activity, which is no stored run.</summary>
    /// <param name="now">The time of the request.</param>
    /// <param name="random">Eight random letters or digits.</param>
    public static string Test(DateTimeOffset now, string random) => $"test__{IsoDate.Format(now)}_{random}";

    /// <summary>What is wrong with a run id that a person chose for a triggered run, for the user; null: nothing.</summary>
    public static string? FindProblem(string runId)
    {
        if (runId.Length is 0 or > MaxLength)
        {
            return $"A run id has 1 to {MaxLength} characters, this one {runId.Length}. Choose another or leave it out.";
        }

        if (!Allowed().IsMatch(runId))
        {
            return $"Run id '{runId}' has characters other than letters, digits and _ . ~ : + -. Replace them or leave the run id out.";
        }

        return runId.Contains("..", StringComparison.Ordinal) ? $"Run id '{runId}' contains '..', which would leave its log folder. Remove it."
            : Prefixes[1..].FirstOrDefault(prefix => runId.StartsWith(prefix, StringComparison.Ordinal)) is { } reserved
                ? $"Run id '{runId}' starts with '{reserved}', which is kept for runs the engine makes. Choose another beginning."
            : null;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_.~:+-]+\z")]
    private static partial Regex Allowed();
}
