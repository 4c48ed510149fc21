using System.Reflection;
using System.Runtime.Loader;
using Pipelines.Model.Activities;

namespace Pipelines.Engine.Plugins;

/// <summary>
/// Where the code of one plugin lives, with libraries of its own: it shares with the host nothing but Pipelines.Model and what its contract is
/// made of. Never unloaded by hand, since an attempt may still need a library that it has not loaded; it goes with the last of its activities.
/// </summary>
internal sealed class PluginContext : AssemblyLoadContext
{
    private static readonly HashSet<string> Shared = new(Contract(typeof(IActivity).Assembly), StringComparer.Ordinal);

    private readonly AssemblyDependencyResolver _resolver;
    private readonly string _folder;

    /// <exception cref="InvalidOperationException">The file that names its libraries (deps.json) is broken.</exception>
    public PluginContext(PluginFile file)
        : base($"plugin {Path.GetFileName(file.Path)}", isCollectible: true)
    {
        _resolver = new AssemblyDependencyResolver(file.Path);
        _folder = Path.GetDirectoryName(file.Path)!;
    }

    /// <summary>Loads a library from bytes, which leaves its file free to be replaced.</summary>
    public Assembly Load(string path, byte[] bytes)
    {
        var symbols = Path.ChangeExtension(path, ".pdb");
        return LoadFromStream(new MemoryStream(bytes), File.Exists(symbols) ? new MemoryStream(File.ReadAllBytes(symbols)) : null);
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        if (Shared.Contains(assemblyName.Name!)) return null;
        var path = _resolver.ResolveAssemblyToPath(assemblyName) ?? Path.Combine(_folder, $"{assemblyName.Name}.dll");
        return File.Exists(path) ? Load(path, File.ReadAllBytes(path)) : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName) =>
        _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } path ? LoadUnmanagedDllFromPath(path) : nint.Zero;

    // What packages of its own Model uses shows in none of its public types, so a plugin may have others.
    private static IEnumerable<string> Contract(Assembly model) =>
        model.GetReferencedAssemblies().Append(model.GetName()).Select(name => name.Name!).Where(name => name == model.GetName().Name || name.StartsWith("System.", StringComparison.Ordinal));
}
