using Pipelines.Model.Activities;

namespace Pipelines.UnitTests.Activities;

public sealed class RenderedInputsTests
{
    private static int Read(string? text) => new RenderedInputs(new Dictionary<string, string?> { ["number"] = text })
        .Json("number", -1, json => json is null ? 0 : json.AsObject()["n"]!.GetValue<int>(), "an object such as {\"n\": 1}");

    [TestCase(null, -1)]
    [TestCase("", -1)]
    [TestCase("null", 0)]
    [TestCase("""{"n": 7}""", 7)]
    public void JSON_is_read_where_it_is_given(string? text, int expected) => Assert.That(Read(text), Is.EqualTo(expected));

    [TestCase("{", Description = "no JSON")]
    [TestCase("[7]", Description = "another kind")]
    [TestCase("{}", Description = "something is missing")]
    [TestCase("""{"n": 7.5}""", Description = "not that number")]
    [TestCase("""{"n": 7, "n": 8}""", Description = "twice")]
    public void What_cannot_be_read_is_said_without_its_text(string text)
    {
        var failure = Assert.Throws<TaskFailure>(() => Read(text))!;
        Assert.That((failure.Message, failure.Retryable), Is.EqualTo(("Input 'number' must be an object such as {\"n\": 1}.", false)));
    }
}
