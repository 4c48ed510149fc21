using System.Text.Json.Nodes;

namespace Pipelines.Model.Assets;

/// <summary>
/// Has a scheduler look for something outside, and update the asset when it happens (Airflow's AssetWatcher, airflow-semantics.md §17): no task and
/// no worker waits. It tells a change: what it saw before and sees still is told once.
/// </summary>
/// <param name="Name">Unique among the watchers of an asset.</param>
/// <param name="Activity">A sensor, e.g. <c>S3KeySensor</c>, which looks as it does in a task that is deferred.</param>
/// <param name="Inputs">The sensor's inputs, as texts; they hold no templates, since there is no run.</param>
/// <param name="Every">Between two looks.</param>
public sealed record AssetWatcher(string Name, string Activity, JsonObject Inputs, TimeSpan Every)
{
    /// <summary>As a sensor's poke interval.</summary>
    public static readonly TimeSpan Usual = TimeSpan.FromMinutes(1);

    /// <summary>No outside system is asked more often.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
}
