namespace Pipelines.Web.Components.Shell;

/// <summary>The letter of a state, so that it is never said by colour alone.</summary>
internal static class Signs
{
    /// <param name="state">Airflow's name, e.g. <c>up_for_retry</c>.</param>
    public static string Of(string state) => state switch
    {
        "success" => "✓",
        "failed" => "✕",
        "running" => "▶",
        "queued" => "…",
        "up_for_retry" => "↻",
        "up_for_reschedule" => "◔",
        "deferred" => "‖",
        "skipped" => "»",
        "upstream_failed" => "⇡",
        "scheduled" => "◷",
        "restarting" => "⟳",
        "removed" => "−",
        _ => "·",
    };
}
