using Pipelines.Model.Activities.Sensors;
using Pipelines.Model.Dags;

namespace Pipelines.Model.Activities;

/// <summary>
/// Every activity type that this host knows, with the inputs of category "Task" that each of them has: the built-in ones, and those of plugins,
/// which come and go while the host runs. Safe for concurrent use.
/// </summary>
public sealed class ActivityCatalog
{
    private readonly IReadOnlyList<IActivity> _builtIn;
    private readonly bool _defaultDeferrable;
    private volatile Known _known;

    /// <summary>Makes the catalog.</summary>
    /// <param name="activities">The built-in ones.</param>
    /// <param name="defaultDeferrable">Whether a sensor that says nothing of it is deferrable (Airflow's operators.default_deferrable).</param>
    /// <exception cref="ArgumentException">Two activities of one type name.</exception>
    public ActivityCatalog(IEnumerable<IActivity> activities, bool defaultDeferrable = false)
    {
        (_builtIn, _defaultDeferrable) = ([.. activities], defaultDeferrable);
        _known = Known.Of(_builtIn, [], defaultDeferrable, generation: 0);
    }

    private ActivityCatalog(IReadOnlyList<IActivity> builtIn, bool defaultDeferrable, Known known) => (_builtIn, _defaultDeferrable, _known) = (builtIn, defaultDeferrable, known);

    /// <summary>All descriptors, by type name.</summary>
    public IReadOnlyDictionary<string, ActivityDescriptor> Descriptors => _known.Descriptors;

    /// <summary>The weight rules of plugins, by the full names of their classes.</summary>
    public IReadOnlyDictionary<string, IPriorityWeightStrategy> WeightRules => _known.WeightRules;

    /// <summary>Grows whenever the activities or weight rules of plugins change, so that what was made of them before can be made anew.</summary>
    public long Generation => _known.Generation;

    /// <summary>The activities as they are now, for who looks several times and must see the same.</summary>
    public ActivityCatalog Now => new(_builtIn, _defaultDeferrable, _known);

    /// <summary>The descriptor of a type, task settings and this host's defaults included, or null when unknown.</summary>
    public ActivityDescriptor? Find(string typeName) => _known.Descriptors.GetValueOrDefault(typeName);

    /// <summary>The code of a type, or null when unknown.</summary>
    public IActivity? Activity(string typeName) => _known.Activities.GetValueOrDefault(typeName);

    /// <summary>Has these activities and weight rules beside the built-in ones from now on, in place of those of the plugins there were. What runs goes on with the code that it began with.</summary>
    /// <exception cref="ArgumentException">Two activities of one type name, or rules of one class; then all stays as it was.</exception>
    public void SetPlugins(IEnumerable<IActivity> plugins, IEnumerable<IPriorityWeightStrategy>? weightRules = null) =>
        _known = Known.Of([.. _builtIn, .. plugins], weightRules ?? [], _defaultDeferrable, _known.Generation + 1);

    private sealed record Known(
        Dictionary<string, IActivity> Activities, Dictionary<string, ActivityDescriptor> Descriptors, Dictionary<string, IPriorityWeightStrategy> WeightRules, long Generation)
    {
        public static Known Of(IReadOnlyList<IActivity> activities, IEnumerable<IPriorityWeightStrategy> weightRules, bool defaultDeferrable, long generation)
        {
            var rules = weightRules.ToDictionary(rule => rule.GetType().FullName!, StringComparer.Ordinal);
            List<InputDescriptor> settings = [.. TaskInputs.All.Select(input => input.Name == TaskInputs.WeightRule ? input with { Options = [.. input.Options, .. rules.Keys] } : input)];
            var described = activities.Select(activity => (Activity: activity, activity.Descriptor)).ToList();
            return new(
                described.ToDictionary(each => each.Descriptor.TypeName, each => each.Activity, StringComparer.Ordinal),
                described.ToDictionary(each => each.Descriptor.TypeName, each => each.Descriptor with { Inputs = [.. each.Descriptor.Inputs.Select(Own), .. settings] }, StringComparer.Ordinal),
                rules, generation);

            InputDescriptor Own(InputDescriptor input) =>
                defaultDeferrable && input is { Name: SensorInputs.Deferrable, Category: SensorInputs.Category } ? input with { Default = "true" } : input;
        }
    }
}
