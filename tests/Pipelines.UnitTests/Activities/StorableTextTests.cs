using Pipelines.Model.Activities;

namespace Pipelines.UnitTests.Activities;

public sealed class StorableTextTests
{
    [TestCase("", "")]
    [TestCase("plain ünïcode 🙂\n", "plain ünïcode 🙂\n")]
    [TestCase("a\0b", "a\uFFFDb")]
    public void What_PostgreSQL_cannot_hold_becomes_the_replacement_character(string text, string stored) => Assert.That(StorableText.Of(text), Is.EqualTo(stored));

    // Attributes are stored as UTF-8 and cannot hold these either.
    [Test]
    public void Half_a_pair_does_too()
    {
        Assert.That(StorableText.Of("cut \uD83D"), Is.EqualTo("cut \uFFFD"));
        Assert.That(StorableText.Of("\uDE42 and 🙂"), Is.EqualTo("\uFFFD and 🙂"));
    }
}
