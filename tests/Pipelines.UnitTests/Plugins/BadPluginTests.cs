using Pipelines.TestKit;

namespace Pipelines.UnitTests.Plugins;

/// <summary>A bad plugin says what is wrong with it and what to do, and stops neither the host nor another plugin.</summary>
public sealed class BadPluginTests
{
    private PluginBench _bench = null!;

    [SetUp]
    public void Create() => _bench = new PluginBench();

    [TearDown]
    public void Dispose() => _bench.Dispose();

    private static IEnumerable<TestCaseData> Bad()
    {
        yield return Case("no library", "This is a text."u8.ToArray(), "It is no library, or only the beginning of one.");
        yield return Case("empty", [], "It is no library, or only the beginning of one.");
        yield return Case("other processor", PluginBench.ForeignProcessor(), $"It was built for {CSharpLibrary.OtherProcessor}, and this host is a program for");
        yield return Case("newer model", PluginBench.OtherModel("9.0.0"), "It was built with Pipelines.Model 9.0.0, and this host has 0.1.0. Build it again with this host's Pipelines.Model.dll.");
        yield return Case("older model", PluginBench.OtherModel("0.0.9"), "It was built with Pipelines.Model 0.0.9, and this host has 0.1.0.");
        yield return Case("other contract", PluginBench.OtherModel("0.1.0"), "It was built with another Pipelines.Model than this host's: TypeLoadException:");
        yield return Case("missing dependency", Missing(), "It needs Words 1.0.0.0, which is neither beside it nor in the host. Copy all that 'dotnet publish' writes");
        yield return Case("static constructor", Source(members: "static Mine() => int.Parse(\"no\");"), "Its class Mine is left out. The static constructor of Mine threw FormatException:");
        yield return Case("constructor", Source(members: "public Mine() => throw new NotSupportedException(\"Not today.\");"), "Its class Mine is left out. Its constructor threw NotSupportedException: Not today. Mend it");
        yield return Case("constructor that waits", Source(members: "public Mine() => Thread.Sleep(Timeout.Infinite);"), "Making its activities was not done after 2 seconds.");
        yield return Case("constructor with parameters", Source(members: "public Mine(int number) { }"), "Its class Mine has no public constructor without parameters.");
        yield return Case("not public", CSharpLibrary.WithModel("Acme", PluginSource.Class("Acme.Mine", "\"x\"", modifier: "internal")), "Its class Mine is an activity but not public. Make it public.");
        yield return Case("no activity", CSharpLibrary.WithModel("Acme", "public static class Nothing { public static Type Of() => typeof(Pipelines.Model.Activities.Outcome); }"), "It has no activity. Write a public class that implements Pipelines.Model.Activities.IActivity");
        yield return Case("weight rule that is not public", CSharpLibrary.WithModel("Acme", WeightRulePluginTests.Rule("1", modifier: "internal")), "Its class Acme.Mine is a weight rule but not public. Make it public.");
        yield return Case("weight rule with a built-in name", CSharpLibrary.WithModel("Acme", WeightRulePluginTests.Rule("1", name: "upstream", space: "")), "Its weight rule upstream is left out, because a rule that every host has has that name.");
        yield return Case("weight rule with parameters", CSharpLibrary.WithModel("Acme", WeightRulePluginTests.Rule("1", members: "public Mine(int number) { }")), "Its class Acme.Mine has no public constructor without parameters.");
        yield return Case("built-in name", CSharpLibrary.WithModel("Acme", PluginSource.Class("Branch", "\"x\"")), "Its activity Branch is left out, because an activity that every host has has that type name.");
        yield return Case("no port", Source(descriptor: "[], [], [\"Left\"]"), "Its class Mine is left out. It has no port 'Done'");
        yield return Case("null inputs", Source(descriptor: "null!, [], [\"Done\"]"), "Its class Mine is left out. Its descriptor says nothing as Inputs. Write it.");
        yield return Case("setting as input", Source(descriptor: Input("Retries".ToLowerInvariant())), "Its input 'retries' is a setting that every task has. Rename it.");
        yield return Case("Elsa's name as input", Source(descriptor: Input("metadata")), "Its input 'metadata' means something else in DAG files. Rename it.");
        yield return Case("bad input name", Source(descriptor: Input("my table")), "The name of its input 'my table' must be letters");
        yield return Case("bad type name", CSharpLibrary.WithModel("Acme", PluginSource.Class("Acme.Mine", "\"x\"").Replace("\"Acme.Mine\"", "\"My activity\"", StringComparison.Ordinal)), "Its type name 'My activity' must be letters");
        yield return Case("reserved type name", CSharpLibrary.WithModel("Acme", PluginSource.Class("Elsa.Flowchart", "\"x\"")), "Its type name 'Elsa.Flowchart' means something else in DAG files.");

        static TestCaseData Case(string what, byte[] library, string said) => new TestCaseData(library, said).SetArgDisplayNames(what);
        static byte[] Source(string members = "", string descriptor = "[], [], [\"Done\"]") => CSharpLibrary.WithModel("Acme", PluginSource.Class("Acme.Mine", "\"x\"", members, descriptor));
        static string Input(string name) => $"[new(\"{name}\", InputType.String, \"It\", \"It.\")], [], [\"Done\"]";
    }

    [TestCaseSource(nameof(Bad))]
    public async Task It_says_what_is_wrong_and_the_others_go_on(byte[] library, string said)
    {
        _bench.Put("Bad.dll", library);
        _bench.Put("Good.dll", PluginSource.Returning("Acme.Good", "told", assembly: "Good"));

        Assert.That(_bench.Plugin("Bad.dll").Faults.Single(), Does.StartWith(said).Or.Contain(said));
        Assert.That(_bench.Plugin("Bad.dll").Activities, Is.Empty);
        Assert.That(_bench.Log.Rest().Single(), Is.EqualTo($"Plugin Bad.dll: {_bench.Plugin("Bad.dll").Faults.Single()}"));
        Assert.That(await _bench.RunAsync("Acme.Good"), Is.EqualTo("told"));
    }

    [Test]
    public async Task A_bad_class_leaves_the_good_ones_of_its_library()
    {
        _bench.Put("Acme.dll", CSharpLibrary.WithModel("Acme", $"{PluginSource.Class("Acme.Good", "\"told\"")} {Without(PluginSource.Class("Acme.Bad", "\"x\"", "static Bad() => int.Parse(\"no\");"))}"));

        Assert.That(await _bench.RunAsync("Acme.Good"), Is.EqualTo("told"));
        Assert.That(_bench.Plugin("Acme.dll").Faults.Single(), Does.StartWith("Its class Bad is left out."));

        static string Without(string source) => source.Replace("using System.Text.Json.Nodes;\nusing Pipelines.Model.Activities;\n", "", StringComparison.Ordinal);
    }

    [Test]
    public void A_missing_library_that_comes_later_mends_it()
    {
        _bench.Put("own/Acme.dll", Missing());
        Assert.That(_bench.Plugin("own/Acme.dll").Faults, Has.Count.EqualTo(1));

        _bench.Put("own/Words.dll", Words());
        _bench.LookTwice();

        Assert.That((_bench.Plugin("own/Acme.dll").Faults.Count, _bench.Catalog.Find("Acme.Mine") is null), Is.EqualTo((0, false)));
    }

    [Test]
    public void A_library_that_knows_nothing_of_us_is_no_plugin()
    {
        _bench.Put("Words.dll", Words());
        Assert.That(_bench.Folder.Plugins, Is.Empty);
    }

    private static byte[] Words() => CSharpLibrary.Compile("Words", "public static class Words { public static string Say() => \"x\"; }", "1.0.0");

    private static byte[] Missing() => CSharpLibrary.WithModel("Acme", PluginSource.Class("Acme.Mine", "Words.Say()"), references: Words());
}
