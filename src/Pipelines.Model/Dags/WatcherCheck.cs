using Pipelines.Model.Activities;
using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Assets;

namespace Pipelines.Model.Dags;

/// <summary>Whether the watchers of the assets that a DAG waits for can look: sensors, with inputs that they have.</summary>
internal sealed class WatcherCheck(ActivityCatalog catalog, DagFileReport report)
{
    /// <summary>Reports what is wrong, at the DAG's assets.</summary>
    public void Check(AssetCondition? condition, JsonPart place)
    {
        foreach (var (asset, watcher) in (condition?.Assets ?? []).SelectMany(asset => asset.Watchers.Select(watcher => (asset, watcher))))
        {
            if (Fault(watcher) is { } fault) report.Error(place, $"Watcher '{watcher.Name}' of asset '{asset.Name}': {fault}");
        }
    }

    private string? Fault(AssetWatcher watcher)
    {
        var sensors = catalog.Descriptors.Keys.Where(name => catalog.Activity(name) is IDeferrable).ToList();
        if (catalog.Activity(watcher.Activity) is not IDeferrable activity)
            return $"'{watcher.Activity}' is no activity that looks without a task.{NearestName.Hint(watcher.Activity, sensors)} Choose one of {string.Join(", ", sensors.Order(StringComparer.Ordinal))}.";
        var known = activity.Descriptor.Inputs.Where(input => input.Category != SensorInputs.Category).ToDictionary(input => input.Name, StringComparer.Ordinal);
        foreach (var (name, value) in watcher.Inputs)
        {
            if (!known.TryGetValue(name, out var input)) return $"{watcher.Activity} has no input '{name}' that a watcher may set.{NearestName.Hint(name, known.Keys)}";
            if (InputText.Normalize(input.Type, value!.GetValue<string>()) is null) return $"its input '{name}' is '{Excerpt.Of(value.GetValue<string>(), 60)}' but must be {InputText.Expected(input.Type)}.";
            if (input.Check is { } check && LiteralCheck.Fault(check, new() { [name] = value!.GetValue<string>() }) is { } fault) return fault;
        }

        return known.Values.FirstOrDefault(input => input.Required && !watcher.Inputs.ContainsKey(input.Name)) is { } missing ? $"it needs the input '{missing.Name}' of {watcher.Activity}." : null;
    }
}
