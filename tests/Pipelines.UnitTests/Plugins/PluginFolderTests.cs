using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Pipelines.Model.Activities;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Plugins;

/// <summary>Issue 5, point 10: a class in a library that is dropped into plugins/ is an activity, without a restart.</summary>
public sealed class PluginFolderTests
{
    private PluginBench _bench = null!;

    [SetUp]
    public void Create() => _bench = new PluginBench();

    [TearDown]
    public void Dispose() => _bench.Dispose();

    [Test]
    public void A_folder_that_is_not_there_has_no_plugins()
    {
        _bench.Dispose();
        _bench.LookTwice();
        Assert.That((_bench.Folder.Plugins.Count, _bench.Catalog.Generation, _bench.Log.Rest().Count), Is.EqualTo((0, 0L, 0)));
    }

    [Test]
    public async Task A_class_is_an_activity_from_the_start_of_the_host()
    {
        _bench.Put("Acme.dll", PluginSource.Returning("Acme.Notify", "told", version: "1.2.3"));

        Assert.That(_bench.Catalog.Find("Acme.Notify")!.Inputs.Select(input => input.Name), Does.Contain(TaskInputs.Retries), "with the settings that every task has");
        Assert.That(await _bench.RunAsync("Acme.Notify"), Is.EqualTo("told"));
        Assert.That((_bench.Plugin("Acme.dll").Version, _bench.Plugin("Acme.dll").Activities.Single(), _bench.Plugin("Acme.dll").Faults.Count), Is.EqualTo(("1.2.3", "Acme.Notify", 0)));
    }

    [Test]
    public async Task One_that_comes_is_there_once_two_looks_see_it_alike()
    {
        Assert.That(_bench.Catalog.Find("Acme.Notify"), Is.Null);
        _bench.Put("Acme.dll", PluginSource.Returning("Acme.Notify", "told"));

        _bench.Folder.Look();
        Assert.That(_bench.Catalog.Find("Acme.Notify"), Is.Null, "it may still be being copied");
        _bench.Folder.Look();

        Assert.That(await _bench.RunAsync("Acme.Notify"), Is.EqualTo("told"));
        Assert.That(_bench.Catalog.Find("Empty"), Is.Not.Null, "what is built in stays");
    }

    [Test]
    public async Task Half_a_library_says_so_until_the_other_half_is_there()
    {
        var whole = PluginSource.Returning("Acme.Notify", "told");
        _bench.Put("Acme.dll", whole[..(whole.Length / 2)]);
        Assert.That(_bench.Folder.Plugins.Single().Faults.Single(), Does.Contain("being copied"));

        _bench.Put("Acme.dll", whole);
        _bench.LookTwice();

        Assert.That(await _bench.RunAsync("Acme.Notify"), Is.EqualTo("told"));
        Assert.That(_bench.Plugin("Acme.dll").Faults, Is.Empty);
    }

    [Test]
    public async Task What_runs_goes_on_with_the_old_code_and_what_begins_has_the_new()
    {
        _bench.Put("Acme.dll", PluginSource.Returning("Acme.Notify", "old"));
        var running = _bench.Catalog.Activity("Acme.Notify")!;
        var generation = _bench.Catalog.Generation;

        _bench.Put("Acme.dll", PluginSource.Returning("Acme.Notify", "new!"));
        _bench.LookTwice();

        Assert.That((await PluginBench.RunAsync(running), await _bench.RunAsync("Acme.Notify")), Is.EqualTo(("old", "new!")));
        Assert.That(_bench.Catalog.Generation, Is.EqualTo(generation + 1));
    }

    [Test]
    public async Task One_that_goes_takes_its_activities_along_and_brings_them_back()
    {
        var library = PluginSource.Returning("Acme.Notify", "told");
        _bench.Put("Acme.dll", library);
        Assert.That(_bench.Catalog.Find("Acme.Notify"), Is.Not.Null);

        File.Delete(_bench["Acme.dll"]);
        _bench.LookTwice();
        Assert.That((_bench.Catalog.Find("Acme.Notify"), _bench.Folder.Plugins.Count), Is.EqualTo(((ActivityDescriptor?)null, 0)));
        Assert.That(_bench.Log.Rest().Single(), Does.StartWith("Plugin Acme.dll is gone, and with it Acme.Notify: DAGs that use them go on when it is back"));

        _bench.Put("Acme.dll", library);
        _bench.LookTwice();
        Assert.That(await _bench.RunAsync("Acme.Notify"), Is.EqualTo("told"));
    }

    [Test]
    public async Task A_broken_successor_leaves_the_last_good_code_and_says_so()
    {
        _bench.Put("Acme.dll", PluginSource.Returning("Acme.Notify", "good", version: "1.0.0"));
        Assert.That(_bench.Folder.Plugins, Has.Count.EqualTo(1));

        _bench.Put("Acme.dll", PluginBench.OtherModel("9.0.0"));
        _bench.LookTwice();

        Assert.That(await _bench.RunAsync("Acme.Notify"), Is.EqualTo("good"));
        Assert.That(_bench.Plugin("Acme.dll").Faults[^1], Is.EqualTo("Until this host is started again it goes on with version 1.0.0, which was there before."));
    }

    [Test]
    public async Task Of_two_with_one_type_name_the_first_by_file_has_it_until_it_goes()
    {
        _bench.Put("B.dll", PluginSource.Returning("Acme.Notify", "b", assembly: "B"));
        _bench.Put("A.dll", PluginSource.Returning("Acme.Notify", "a", assembly: "A"));

        Assert.That(await _bench.RunAsync("Acme.Notify"), Is.EqualTo("a"));
        Assert.That(_bench.Plugin("B.dll").Faults, Is.EqualTo(new[] { "Its activity Acme.Notify is left out, because A.dll has that type name. Rename one of the two." }));

        File.Delete(_bench["A.dll"]);
        _bench.LookTwice();
        Assert.That((await _bench.RunAsync("Acme.Notify"), _bench.Plugin("B.dll").Faults.Count), Is.EqualTo(("b", 0)));
    }

    [Test]
    public async Task Each_has_libraries_of_its_own()
    {
        foreach (var (folder, text) in new[] { ("one", "first"), ("two", "second") })
        {
            var library = CSharpLibrary.Compile("Words", $"public static class Words {{ public static string Say() => \"{text}\"; }}", folder == "one" ? "1.0.0" : "2.0.0");
            _bench.Put($"{folder}/Words.dll", library);
            _bench.Put($"{folder}/{folder}.dll", CSharpLibrary.WithModel(folder, PluginSource.Class($"Acme.{folder}", "Words.Say()"), references: library));
            // As 'dotnet publish' leaves it there; the contract is the host's all the same.
            _bench.Put($"{folder}/Pipelines.Model.dll", File.ReadAllBytes(typeof(IActivity).Assembly.Location));
        }

        Assert.That((await _bench.RunAsync("Acme.one"), await _bench.RunAsync("Acme.two")), Is.EqualTo(("first", "second")));
        Assert.That(_bench.Folder.Plugins.Select(plugin => plugin.File), Is.EqualTo(new[] { "one/one.dll", "two/two.dll" }), "libraries are no plugins");
    }

    [Test]
    public void The_place_of_code_that_nothing_runs_any_more_is_given_back()
    {
        _bench.Put("Acme.dll", PluginSource.Returning("Acme.Notify", "old"));
        var old = PlaceOf("Acme.Notify");
        _bench.Put("Acme.dll", PluginSource.Returning("Acme.Notify", "new!"));
        _bench.LookTwice();

        for (var turn = 0; turn < 20 && old.IsAlive; turn++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.That(old.IsAlive, Is.False);
    }

    // Not inlined, so that no local of the test holds on to it.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference PlaceOf(string type) => new(AssemblyLoadContext.GetLoadContext(_bench.Catalog.Activity(type)!.GetType().Assembly));
}
