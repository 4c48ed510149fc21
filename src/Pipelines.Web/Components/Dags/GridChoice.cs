using System.Globalization;
using Pipelines.Model.Runs;
using Pipelines.Web.Grid;

namespace Pipelines.Web.Components.Dags;

/// <summary>What of a DAG's runs a person chose to see, as the page's address says it. What the address cannot mean is left out.</summary>
/// <param name="Runs">How many; null: the usual number.</param>
/// <param name="State">Of the runs; null: any.</param>
/// <param name="Type">Of the runs; null: any.</param>
/// <param name="Before">The number of a run: only older ones; null: the newest.</param>
/// <param name="Run">The run id that is selected.</param>
public sealed record GridChoice(string DagId, string? Runs, string? State, string? Type, string? Before, string? Run)
{
    /// <summary>States that a run can be asked for by.</summary>
    public static readonly string[] States = [.. Enum.GetValues<DagRunState>().Select(StateNames.ToName)];

    /// <summary>Types that a run can be asked for by.</summary>
    public static readonly string[] Types = [.. Enum.GetValues<DagRunType>().Select(StateNames.ToName)];

    /// <summary>True when some runs are left out.</summary>
    public bool IsFiltered => State is not null || Type is not null || Before is not null;

    /// <summary>Where the drawing gets its runs from.</summary>
    public string Source => Links.With(GridRoutes.Grid(DagId), ("runs", Runs), ("state", State), ("type", Type), ("before", Before));

    /// <summary>The page with this choice, for links to add to; no run is selected.</summary>
    public string Here => Links.With(Links.Dag(DagId, "grid"), ("runs", Runs), ("state", State), ("type", Type));

    /// <summary>The page with the newest runs of every kind.</summary>
    public string All => Links.With(Links.Dag(DagId, "grid"), ("runs", Runs), ("run", Run));

    /// <summary>The same as a table.</summary>
    public string Table => Links.With(Here, ("run", Run), ("view", "table"));

    /// <summary>Reads the parts of an address.</summary>
    public static GridChoice Of(string dagId, string? runs, string? state, string? type, string? before, string? run) => new(
        dagId, int.TryParse(runs, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is >= 1 and <= GridRequest.Most ? runs : null,
        States.Contains(state) ? state : null, Types.Contains(type) ? type : null,
        long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= 1 ? before : null, string.IsNullOrEmpty(run) ? null : run);
}
