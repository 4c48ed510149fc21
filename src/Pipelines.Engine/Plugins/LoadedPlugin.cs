using Pipelines.Model.Activities;
using Pipelines.Model.Dags;

namespace Pipelines.Engine.Plugins;

/// <summary>A plugin whose code is in the process, or what kept it out.</summary>
/// <param name="Plugin">What is told of it.</param>
/// <param name="Context">Where its code lives; null: it was not loaded.</param>
/// <param name="Activities">One of each of its activities.</param>
/// <param name="WeightRules">One of each of its weight rules.</param>
internal sealed record LoadedPlugin(Plugin Plugin, PluginContext? Context, IReadOnlyList<IActivity> Activities, IReadOnlyList<IPriorityWeightStrategy> WeightRules)
{
    /// <summary>Loads it. Never throws, and never waits for ever, whatever its code does.</summary>
    /// <param name="name">Its path in the folder.</param>
    /// <param name="file">It.</param>
    /// <param name="patience">The longest that its constructors may take.</param>
    public static LoadedPlugin Of(string name, PluginFile file, TimeSpan patience)
    {
        var plugin = new Plugin(name) { Version = file.Name?.Version?.ToString(3) };
        if (file.Fault is { } fault) return Faulty(plugin, [fault]);
        // What still runs after that is left behind.
        var loading = Task.Run(() => Load(plugin, file));
        return loading.Wait(patience) ? loading.Result : Faulty(plugin, [$"Making its activities was not done after {patience.TotalSeconds:0} seconds. Its constructors must not wait; mend them, copy it anew and start this host again."]);
    }

    private static LoadedPlugin Load(Plugin plugin, PluginFile file)
    {
        try
        {
            var context = new PluginContext(file);
            var assembly = context.Load(file.Path, file.Bytes);
            // Now and not when a task needs them first; so they are also there for attempts that go on when the plugin was replaced.
            foreach (var reference in file.References) context.LoadFromAssemblyName(reference);
            var classes = assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false }).ToList();
            List<string> faults = [.. NothingIn(classes)];
            var activities = Make<IActivity>(classes, faults, activity => activity.Descriptor is { } descriptor ? DescriptorCheck.Faults(descriptor) : ["It has no descriptor. Return one."]);
            var rules = Make<IPriorityWeightStrategy>(classes, faults, _ => []);
            return new LoadedPlugin(plugin with { Faults = faults }, context, activities, rules);
        }
        catch (Exception error)
        {
            return Faulty(plugin, [.. PluginFaults.Of(error)]);
        }
    }

    private static LoadedPlugin Faulty(Plugin plugin, IReadOnlyList<string> faults) => new(plugin with { Faults = faults }, null, [], []);

    private static IEnumerable<string> NothingIn(IReadOnlyList<Type> classes)
    {
        if (classes.Any(type => type.IsVisible && (type.IsAssignableTo(typeof(IActivity)) || type.IsAssignableTo(typeof(IPriorityWeightStrategy))))) yield break;
        if (classes.FirstOrDefault(type => type.IsAssignableTo(typeof(IActivity))) is { } activity) yield return $"Its class {activity.FullName} is an activity but not public. Make it public.";
        else if (classes.FirstOrDefault(type => type.IsAssignableTo(typeof(IPriorityWeightStrategy))) is { } rule) yield return $"Its class {rule.FullName} is a weight rule but not public. Make it public.";
        else yield return $"It has no activity. Write a public class that implements {typeof(IActivity).FullName} or {typeof(IPriorityWeightStrategy).FullName}, or remove it.";
    }

    /// <summary>One of each public class that is such a part of a plugin and in order; of the others the faults are told.</summary>
    private static List<T> Make<T>(IEnumerable<Type> classes, List<string> faults, Func<T, IReadOnlyList<string>> faultsOf)
        where T : class
    {
        List<T> made = [];
        foreach (var type in classes.Where(type => type.IsVisible && type.IsAssignableTo(typeof(T))))
        {
            var (part, wrong) = Make(type, faultsOf);
            if (part is not null) made.Add(part);
            faults.AddRange(wrong);
        }

        return made;
    }

    private static (T? Part, IReadOnlyList<string> Faults) Make<T>(Type type, Func<T, IReadOnlyList<string>> faultsOf)
        where T : class
    {
        if (type.GetConstructor(Type.EmptyTypes) is null) return (null, [$"Its class {type.FullName} has no public constructor without parameters. Give it one; what it needs it gets when it is asked."]);
        try
        {
            var part = (T)Activator.CreateInstance(type)!;
            var faults = faultsOf(part);
            return faults.Count == 0 ? (part, []) : (null, [.. faults.Select(fault => $"Its class {type.FullName} is left out. {fault}")]);
        }
        catch (Exception error)
        {
            return (null, [.. PluginFaults.Of(error).Select(fault => $"Its class {type.FullName} is left out. {fault}")]);
        }
    }
}
