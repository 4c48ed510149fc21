namespace Pipelines.Model.Activities;

/// <summary>Every activity type that this host knows, with the inputs of category "Task" that each of them has.</summary>
public sealed class ActivityCatalog
{
    private readonly Dictionary<string, IActivity> _activities;
    private readonly Dictionary<string, ActivityDescriptor> _descriptors;

    /// <summary>Makes the catalog.</summary>
    /// <exception cref="ArgumentException">Two activities of one type name.</exception>
    public ActivityCatalog(IEnumerable<IActivity> activities)
    {
        _activities = activities.ToDictionary(activity => activity.Descriptor.TypeName, StringComparer.Ordinal);
        _descriptors = _activities.Values
            .Select(activity => activity.Descriptor with { Inputs = [.. activity.Descriptor.Inputs, .. TaskInputs.All] })
            .ToDictionary(descriptor => descriptor.TypeName, StringComparer.Ordinal);
    }

    /// <summary>All descriptors, by type name.</summary>
    public IReadOnlyDictionary<string, ActivityDescriptor> Descriptors => _descriptors;

    /// <summary>The descriptor of a type, task settings included, or null when unknown.</summary>
    public ActivityDescriptor? Find(string typeName) => _descriptors.GetValueOrDefault(typeName);

    /// <summary>The code of a type, or null when unknown.</summary>
    public IActivity? Activity(string typeName) => _activities.GetValueOrDefault(typeName);
}
