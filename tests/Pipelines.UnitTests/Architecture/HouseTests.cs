using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Pipelines.UnitTests.Architecture;

/// <summary>Holds the house of the design: which project may know which, and which packages each may use.</summary>
public sealed partial class HouseTests
{
    private static readonly string Root = FindRoot();

    /// <summary>Project to the projects it may reference.</summary>
    private static readonly Dictionary<string, string[]> AllowedProjects = new()
    {
        ["Model"] = [],
        ["Storage"] = ["Model"],
        ["Engine"] = ["Model", "Storage"],
        ["Activities"] = ["Model"],
        ["Api"] = ["Model", "Storage", "Engine"],
        ["Web"] = ["Model", "Storage", "Engine", "Activities", "Api"],
        ["Cli"] = ["Model", "Storage", "Engine", "Activities", "Api", "Web", "LocalCloud"],
        ["LocalCloud"] = [],
    };

    /// <summary>Package (by prefix) to the only projects that may use it.</summary>
    private static readonly Dictionary<string, string[]> AllowedPackages = new()
    {
        ["Dapper"] = ["Storage"],
        ["OpenTelemetry"] = ["Web"],
        ["Npgsql"] = ["Storage", "Activities", "LocalCloud", "Cli"],
        ["Hangfire"] = ["Engine", "Web"],
        ["Newtonsoft"] = ["Engine"],
        ["Markdig"] = ["Web"],
        ["MudBlazor"] = ["Web"],
        ["Microsoft.AspNetCore.Authentication.JwtBearer"] = ["Api"],
        ["DiffPlex"] = ["Web"],
        ["AWSSDK"] = ["Activities"],
        ["MailKit"] = ["Activities"],
        ["Cronos"] = ["Model"],
        ["Jint"] = ["Model"],
        ["JsonSchema"] = ["Model"],
        ["ZstdSharp"] = ["Activities", "LocalCloud"],
        ["System.CommandLine"] = ["Cli"],
        ["Spectre"] = ["Cli"],
        ["Bogus"] = ["Cli"],
        ["YamlDotNet"] = ["Cli", "Activities"],
    };

    private static IEnumerable<string> Projects => AllowedProjects.Keys;

    [Test]
    public void The_table_names_every_project()
    {
        var folders = Directory.GetDirectories(Path.Combine(Root, "src"), "Pipelines.*").Select(path => Path.GetFileName(path)["Pipelines.".Length..]);
        Assert.That(folders, Is.EquivalentTo(Projects));
    }

    [TestCaseSource(nameof(Projects))]
    public void A_project_references_only_the_projects_it_may(string project)
    {
        var references = Items(project, "ProjectReference").Select(item => Path.GetFileNameWithoutExtension(Include(item))["Pipelines.".Length..]);
        Assert.That(references, Is.SubsetOf(AllowedProjects[project]));
    }

    [TestCaseSource(nameof(Projects))]
    public void A_project_uses_only_the_packages_it_may(string project)
    {
        foreach (var package in Items(project, "PackageReference").Select(Include))
        {
            var rule = AllowedPackages.FirstOrDefault(pair => package.StartsWith(pair.Key, StringComparison.Ordinal));
            Assert.That(rule.Value, Is.Not.Null, $"{package} is not in the table: decide which projects may use it");
            Assert.That(rule.Value, Does.Contain(project), $"{project} may not use {package}");
        }
    }

    [TestCaseSource(nameof(Projects))]
    public void A_library_keeps_its_packages_to_itself(string project)
    {
        if (project is "Cli") Assert.Pass("nothing references the command line");
        var leaking = Items(project, "PackageReference").Where(item => (string?)item.Attribute("PrivateAssets") is not ("compile" or "all")).Select(Include);
        Assert.That(leaking, Is.Empty, "write PrivateAssets=\"compile\"");
    }

    [TestCase(typeof(Model.Dags.Dag))]
    public void The_model_does_no_input_or_output(Type anyTypeOfTheModel)
    {
        string[] forbidden = ["System.Net", "System.IO.FileSystem", "System.Data", "Microsoft.", "Npgsql", "Dapper", "Hangfire", "AWSSDK"];
        var references = anyTypeOfTheModel.Assembly.GetReferencedAssemblies().Select(name => name.Name!);
        Assert.That(references.Where(name => forbidden.Any(name.StartsWith)), Is.Empty);
    }

    [Test]
    public void Types_are_named_for_what_they_are()
    {
        string[] vague = ["Manager", "Helper", "Util", "Utils", "Base", "Impl", "Common", "Info"];
        Assembly[] ours = [.. Projects.Where(project => project != "Cli").Select(project => Assembly.Load($"Pipelines.{project}"))];
        var named = ours.SelectMany(assembly => assembly.GetTypes()).Select(type => type.Name).Where(name => vague.Any(name.EndsWith));
        Assert.That(named, Is.Empty);
    }

    [Test]
    public void Only_operations_and_the_scheduler_write_who_did_what()
    {
        var writers = Directory.EnumerateFiles(Path.Combine(Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file).Contains("EventLogTable.AddAsync", StringComparison.Ordinal)).Select(file => Path.GetRelativePath(Path.Combine(Root, "src"), file));
        Assert.That(writers, Is.All.StartsWith(Path.Combine("Pipelines.Engine", "Operations")).Or.StartsWith(Path.Combine("Pipelines.Engine", "Scheduling")));
    }

    // Cut by hand, a character of two UTF-16 units is torn apart.
    [Test]
    public void A_text_is_shortened_in_one_way_only()
    {
        var cutters = Directory.EnumerateFiles(Path.Combine(Root, "src"), "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cs" or ".razor" && ByHand().IsMatch(File.ReadAllText(file))).Select(file => Path.GetFileName(file));
        Assert.That(cutters, Is.Empty, "use Excerpt.Of");
    }

    [Test]
    public void The_root_holds_only_what_was_agreed()
    {
        string[] agreed = ["src", "workflows", "tests", "docker-compose.yml", "Dockerfile", "README.md", "Pipelines.sln"];
        var entries = Directory.GetFileSystemEntries(Root).Select(Path.GetFileName).Where(name => !name!.StartsWith('.') && name != "TestResults");
        Assert.That(entries, Is.SubsetOf(agreed));
    }

    private static IEnumerable<XElement> Items(string project, string kind) =>
        XDocument.Load(Path.Combine(Root, "src", $"Pipelines.{project}", $"Pipelines.{project}.csproj")).Descendants(kind);

    private static string Include(XElement item) => (string)item.Attribute("Include")!;

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(Path.GetDirectoryName(Assembly.GetExecutingAssembly().Location)!);
        while (!File.Exists(Path.Combine(directory.FullName, "Pipelines.sln"))) directory = directory.Parent!;
        return directory.FullName;
    }

    [GeneratedRegex(@"\[\.\.[^\]]+\]\} ?…")]
    private static partial Regex ByHand();
}
