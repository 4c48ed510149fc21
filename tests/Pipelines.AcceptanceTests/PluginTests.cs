using Pipelines.AcceptanceTests.Cornered;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests;

/// <summary>The README's activity, dropped into the folder of an installation that runs.</summary>
public sealed class PluginTests
{
    private Installation _installation = null!;

    private (string, string?)[] Settings => [("PIPELINES_PLUGINS", _installation["plugins"]), ("PIPELINES_FOLDER_INTERVAL", "1")];

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _installation = await Installation.CreateAsync();
        Directory.CreateDirectory(_installation["plugins"]);
        foreach (var role in new[] { "scheduler", "worker" }) await _installation.StartAsync(role, Settings);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _installation.DisposeAsync();

    [Test]
    public async Task A_class_that_is_dropped_into_the_folder_runs_without_a_restart()
    {
        DagFile.ByHand("space").Add("look", "Acme.FreeSpace", ("folder", "/"), ("leastGb", "0")).Write(_installation.Workflows);
        await _installation.UntilAsync("SELECT EXISTS (SELECT FROM pipelines.import_error WHERE message LIKE '%Acme.FreeSpace% is not known%')");

        var readme = await File.ReadAllTextAsync(Path.Combine(Product.Root, "README.md"));
        await File.WriteAllBytesAsync(_installation["plugins", "Acme.dll"], CSharpLibrary.WithModel("Acme", readme.Split("```csharp\n")[1].Split("```")[0]));
        await _installation.UntilAsync("SELECT EXISTS (SELECT FROM pipelines.dag WHERE dag_id = 'space')");
        Assert.That((await _installation.TryAsync(Settings, "dags", "unpause", "space")).ExitCode, Is.Zero);
        var triggered = await _installation.TryAsync(Settings, "dags", "trigger", "space");
        Assert.That(triggered.ExitCode, Is.Zero, triggered.Error);
        await _installation.UntilAsync("SELECT EXISTS (SELECT FROM pipelines.dag_run WHERE dag_id = 'space' AND state = 'success')");

        var listed = await _installation.TryAsync(Settings, "plugins", "list", "-o", "json");
        Assert.That((listed.ExitCode, listed.Error), Is.EqualTo((0, "")), listed.Output);
        Assert.That(listed.Output, Does.Contain("Acme.FreeSpace").And.Contain("Acme.dll"));

        await File.WriteAllTextAsync(_installation["plugins", "Bad.dll"], "no library");
        listed = await _installation.TryAsync(Settings, "plugins", "list", "-o", "json");
        Assert.That(listed.ExitCode, Is.EqualTo(1));
        Assert.That(listed.Output, Does.Contain("Acme.FreeSpace").And.Contain("It is no library"));
    }
}
