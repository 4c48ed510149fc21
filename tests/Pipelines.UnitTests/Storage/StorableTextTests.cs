using Pipelines.Storage;

namespace Pipelines.UnitTests.Storage;

public sealed class StorableTextTests
{
    [TestCase("", "")]
    [TestCase("plain ünïcode 🙂\n", "plain ünïcode 🙂\n")]
    [TestCase("a\0b", "a\uFFFDb")]
    [TestCase("cut \uD83D", "cut \uFFFD")]
    [TestCase("\uDE42 and 🙂", "\uFFFD and 🙂")]
    public void What_PostgreSQL_cannot_hold_becomes_the_replacement_character(string text, string stored) => Assert.That(StorableText.Of(text), Is.EqualTo(stored));
}
