using Pipelines.Activities.Processes;

namespace Pipelines.UnitTests.Activities;

/// <summary>The end of a program's output as it stands in the middle of a failure's message.</summary>
public sealed class LastOutputTests
{
    [Test]
    public void Without_output_it_says_so_and_the_next_sentence_can_follow() =>
        Assert.That(new LastOutput().Words("standard error") + "Next.", Is.EqualTo("It printed nothing to standard error. Next."));

    [Test]
    public void A_long_line_is_cut_between_characters()
    {
        var last = new LastOutput();
        last.Add(new string('x', 498) + "🚀y");
        Assert.That(last.Words("output"), Is.EqualTo($"The end of its output:\n{new string('x', 498)}…\n"));
    }
}
