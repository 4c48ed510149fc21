using Pipelines.Model.Activities;

namespace Pipelines.UnitTests.Activities;

public sealed class ExcerptTests
{
    [TestCase("", 3, "")]
    [TestCase("abc", 3, "abc")]
    [TestCase("abcd", 3, "ab…")]
    [TestCase("abcd", 1, "…")]
    [TestCase("a🚀", 3, "a🚀")]
    [TestCase("a🚀b", 3, "a…")]
    [TestCase("🚀🚀", 3, "🚀…")]
    [TestCase("🚀🚀", 2, "…")]
    public void What_does_not_fit_is_cut_between_characters(string text, int longest, string expected) =>
        Assert.That(Excerpt.Of(text, longest), Is.EqualTo(expected));

    [Test]
    public void There_is_room_for_the_ellipsis() => Assert.That(() => Excerpt.Of("abc", 0), Throws.TypeOf<ArgumentOutOfRangeException>());
}
