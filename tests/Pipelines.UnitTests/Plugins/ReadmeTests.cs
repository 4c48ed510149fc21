using System.Xml.Linq;
using Pipelines.Model.Activities;
using Pipelines.TestKit;

namespace Pipelines.UnitTests.Plugins;

/// <summary>What the README says of writing an activity works as it stands there.</summary>
public sealed class ReadmeTests
{
    [Test]
    public async Task Its_example_compiles_is_loaded_and_runs()
    {
        using var bench = new PluginBench();
        bench.Put("Acme.dll", CSharpLibrary.WithModel("Acme", Block("csharp")));
        var activity = bench.Catalog.Activity("Acme.FreeSpace")!;
        var root = Path.GetTempPath();

        var enough = await new ActivityEnvironment().RunAsync(activity, new Dictionary<string, string?> { ["folder"] = root, ["leastGb"] = "0" });

        Assert.That(((Outcome.Succeeded)enough).ReturnValue!.GetValue<long>(), Is.GreaterThanOrEqualTo(0));
        Assert.That(() => new ActivityEnvironment().RunAsync(activity, new Dictionary<string, string?> { ["folder"] = root, ["leastGb"] = "1000000000" }),
            Throws.TypeOf<TaskFailure>().With.Property(nameof(TaskFailure.Retryable)).True.And.Message.Contains("and 1000000000 are needed"));
    }

    [Test]
    public void Its_project_is_of_this_programs_framework_and_names_its_contract()
    {
        var project = XDocument.Parse(Block("xml"));
        Assert.That((project.Descendants("TargetFramework").Single().Value, (string?)project.Descendants("Reference").Single().Attribute("Include")),
            Is.EqualTo(($"net{Environment.Version.ToString(2)}", typeof(IActivity).Assembly.GetName().Name)));
    }

    private static string Block(string language)
    {
        var section = File.ReadAllText(Path.Combine(Product.Root, "README.md")).Split("## Write an activity")[1].Split("\n## ")[0];
        return section.Split($"```{language}\n")[1].Split("```")[0];
    }
}
