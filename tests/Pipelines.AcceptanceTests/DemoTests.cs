using System.Text.Json.Nodes;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests;

/// <summary>The README's first command.</summary>
public sealed class DemoTests
{
    [Test]
    public async Task It_moves_every_row_and_proves_it()
    {
        var run = await CommandLine.RunAsync(["demo", "--rows", "3000"]);

        Assert.That(run.ExitCode, Is.Zero, run.Error + run.Output);
        Assert.That(run.Output.TrimEnd().Split('\n')[^1], Does.Match(@"^moved [\d,]+ rows in 4 tables: extracted = manifest = loaded$"));
    }

    [Test]
    public async Task In_json_it_prints_nothing_else_on_standard_output()
    {
        var run = await CommandLine.RunAsync(["demo", "--rows", "3000", "-o", "json"]);

        Assert.That(run.ExitCode, Is.Zero, run.Error);
        var tables = JsonNode.Parse(run.Output)!["tables"]!.AsArray().ToDictionary(table => (string)table!["table"]!);
        Assert.That(tables.Keys, Is.EquivalentTo(new[] { "shop.customers", "shop.products", "shop.orders", "shop.order_items" }));
        Assert.That((long)tables["shop.orders"]!["extracted"]!, Is.EqualTo(3000));
        foreach (var table in tables.Values)
        {
            Assert.That((long)table!["manifest"]!, Is.EqualTo((long)table["extracted"]!));
            Assert.That((long)table["loaded"]!, Is.EqualTo((long)table["extracted"]!).And.GreaterThan(0));
            Assert.That((long)table["bytes"]!, Is.GreaterThan(0));
            Assert.That((double)table["seconds"]!, Is.GreaterThan(0));
        }
    }
}
