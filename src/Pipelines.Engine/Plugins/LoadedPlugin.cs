using System.Reflection;
using Pipelines.Model.Activities;

namespace Pipelines.Engine.Plugins;

/// <summary>A plugin whose code is in the process, or what kept it out.</summary>
/// <param name="Plugin">What is told of it.</param>
/// <param name="Context">Where its code lives; null: it was not loaded.</param>
/// <param name="Activities">One of each of its activities.</param>
internal sealed record LoadedPlugin(Plugin Plugin, PluginContext? Context, IReadOnlyList<IActivity> Activities)
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
            var (activities, faults) = Make(assembly);
            return new LoadedPlugin(plugin with { Activities = [.. activities.Select(activity => activity.Descriptor.TypeName)], Faults = faults }, context, activities);
        }
        catch (Exception error)
        {
            return Faulty(plugin, [.. PluginFaults.Of(error)]);
        }
    }

    private static LoadedPlugin Faulty(Plugin plugin, IReadOnlyList<string> faults) => new(plugin with { Faults = faults }, null, []);

    private static (IReadOnlyList<IActivity> Activities, IReadOnlyList<string> Faults) Make(Assembly assembly)
    {
        var classes = assembly.GetTypes().Where(type => type is { IsClass: true, IsAbstract: false, ContainsGenericParameters: false } && type.IsAssignableTo(typeof(IActivity))).ToList();
        var made = classes.Where(type => type.IsVisible).Select(Make).ToList();
        List<string> faults = [.. made.SelectMany(each => each.Faults)];
        if (made.Count == 0)
        {
            faults.Add(classes.Count > 0 ? $"Its class {classes[0].FullName} is an activity but not public. Make it public."
                : $"It has no activity. Write a public class that implements {typeof(IActivity).FullName}, or remove it.");
        }

        return ([.. made.Select(each => each.Activity).OfType<IActivity>()], faults);
    }

    private static (IActivity? Activity, IReadOnlyList<string> Faults) Make(Type type)
    {
        if (type.GetConstructor(Type.EmptyTypes) is null) return (null, [$"Its class {type.FullName} has no public constructor without parameters. Give it one; what an activity needs it gets from its task context."]);
        try
        {
            var activity = (IActivity)Activator.CreateInstance(type)!;
            var faults = activity.Descriptor is { } descriptor ? DescriptorCheck.Faults(descriptor) : ["It has no descriptor. Return one."];
            return faults.Count == 0 ? (activity, []) : (null, [.. faults.Select(fault => $"Its class {type.FullName} is left out. {fault}")]);
        }
        catch (Exception error)
        {
            return (null, [.. PluginFaults.Of(error).Select(fault => $"Its class {type.FullName} is left out. {fault}")]);
        }
    }
}
