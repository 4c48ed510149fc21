using System.Text.Json.Nodes;
using Pipelines.Model.Activities;

namespace Pipelines.UnitTests.Activities;

/// <summary>airflow-semantics.md §12.</summary>
public class XComLimitsTests
{
    [Test]
    public void The_largest_value_and_the_longest_key_may_be_passed()
    {
        Assert.DoesNotThrow(() => XComLimits.Require(new string('k', 512), new string('a', XComLimits.LargestValue - 2)));
        Assert.DoesNotThrow(() => XComLimits.Require("k", null));
    }

    [Test]
    public void One_byte_more_is_refused_with_what_to_do_and_not_tried_again()
    {
        var refused = Assert.Throws<TaskFailure>(() => XComLimits.Require("rows", JsonValue.Create(new string('a', XComLimits.LargestValue - 1))))!;
        Assert.That((refused.Message, refused.Retryable), Is.EqualTo(("XCom 'rows' has 16,777,217 bytes as JSON, but at most 16,777,216 may be passed between tasks. Store the data, e.g. in S3, and pass where they are.", false)));
    }

    [Test]
    public void Half_of_a_character_is_no_text()
    {
        var refused = Assert.Throws<TaskFailure>(() => XComLimits.Require("rows", JsonNode.Parse("\"half a \\ud83d\"")))!;
        Assert.That((refused.Message, refused.Retryable), Is.EqualTo(("XCom 'rows' holds half of a character (such as \\ud800 alone), which is no text. Take it out, or pass the data where they are, e.g. in S3.", false)));
    }

    [TestCase(0)]
    [TestCase(513)]
    public void A_key_has_1_to_512_characters(int length) =>
        Assert.That(Assert.Throws<TaskFailure>(() => XComLimits.Require(new string('k', length), 1))!.Message, Does.StartWith($"An XCom key has 1 to 512 characters, this one {length}"));
}
