using System.Text.Json;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;

namespace Pipelines.UnitTests.Activities;

public sealed class GivenJsonTests
{
    [TestCase("""{"a":"\ud800"}""", "The value of 'a' in the JSON holds")]
    [TestCase("""{"a":{"b":[1,"x\udc00"]}}""", "The value of 'b' in the JSON holds")]
    [TestCase("""{"a":"\u0000"}""", "The value of 'a' in the JSON holds")]
    [TestCase("""{"\ud800":1}""", "The name of a member of the JSON holds")]
    [TestCase("""["\ud800"]""", "A text of the JSON holds")]
    public void What_is_no_text_is_refused_with_its_place(string json, string words)
    {
        Assert.That(Assert.Throws<UnstorableTextException>(() => GivenJson.Parse(json))!.Message, Does.StartWith(words).And.Contain("Take it out"));
    }

    [TestCase("""{"a":"\ud83d\ude42 \u00fc 🙂"}""")]
    [TestCase("null")]
    public void Whole_pairs_are_text(string json) => Assert.That(() => GivenJson.Parse(json), Throws.Nothing);

    // Attributes are stored as UTF-8 and cannot hold it.
    [Test]
    public void Half_a_pair_that_is_not_escaped_is_refused_too() =>
        Assert.That(Assert.Throws<UnstorableTextException>(() => GivenJson.Parse("{\"a\":\"\ud800\"}"))!.Message, Does.StartWith("The JSON holds"));

    [Test]
    public void What_is_no_JSON_or_no_UTF8_is_told_apart()
    {
        Assert.That(() => GivenJson.Parse("{"), Throws.InstanceOf<JsonException>());
        Assert.That(() => GivenJson.Check([.. "\""u8, 0xED, 0xA0, 0x80, .. "\""u8]), Throws.TypeOf<UnstorableTextException>());
    }

    [TestCase("""{"conn_type":"postgres","password":"\ud800hidden"}""")]
    [TestCase("""{"conn_type":"postgres","extra":"{\"key\":\"\\ud800hidden\"}"}""")]
    public void A_connection_with_such_a_secret_is_refused_without_repeating_it(string json) =>
        Assert.That(Assert.Throws<UnstorableTextException>(() => ConnectionJson.Parse("shop", json))!.Message, Does.Not.Contain("hidden"));
}
