using Pipelines.Activities;
using Pipelines.Engine.Plugins;
using Pipelines.Model.Activities;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Plugins;

/// <summary>A plugins folder, and the host that looks at it.</summary>
internal sealed class PluginBench : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private PluginFolder? _folder;

    /// <summary>The host; it starts when it is first asked for.</summary>
    public PluginFolder Folder => _folder ??= new PluginFolder(_directory.Path, new ActivityCatalog([new Empty(), new Branch()]), Log.For<PluginFolder>(), TimeSpan.FromSeconds(2));

    public ActivityCatalog Catalog => Folder.Catalog;

    public HeardLog Log { get; } = new();

    public string this[string file] => _directory[file];

    /// <summary>Puts a file there; each write is later than the one before.</summary>
    public void Put(string file, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[file])!);
        File.WriteAllBytes(this[file], bytes);
    }

    /// <summary>Two looks, between which nothing changes.</summary>
    public void LookTwice()
    {
        Folder.Look();
        Folder.Look();
    }

    public Plugin Plugin(string file) => Folder.Plugins.Single(plugin => plugin.File == file);

    /// <summary>What an activity returns.</summary>
    public async Task<string> RunAsync(string type) => await RunAsync(Catalog.Activity(type)!);

    public static async Task<string> RunAsync(IActivity activity) =>
        ((Outcome.Succeeded)await new ActivityEnvironment().RunAsync(activity, new Dictionary<string, string?>())).ReturnValue!.GetValue<string>();

    public static byte[] ForeignProcessor() => CSharpLibrary.ForOtherProcessor("Acme", PluginSource.Class("Acme.Mine", "\"x\""));

    /// <summary>A plugin that was built with another Pipelines.Model.</summary>
    public static byte[] OtherModel(string version)
    {
        var model = CSharpLibrary.Compile("Pipelines.Model", "namespace Pipelines.Model.Activities { public interface IActivity { } }", version);
        return CSharpLibrary.Compile("Acme", "public sealed class Mine : Pipelines.Model.Activities.IActivity { }", "1.0.0", model);
    }

    public void Dispose() => _directory.Dispose();
}
