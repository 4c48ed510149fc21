using System.Text;
using Pipelines.Activities;
using Pipelines.Activities.Processes;

namespace Pipelines.UnitTests.Activities;

/// <summary>What a program prints, cut into lines.</summary>
public sealed class OutputLinesTests
{
    [TestCase("", new string[0])]
    [TestCase("a", new[] { "a" })]
    [TestCase("a\n", new[] { "a" })]
    [TestCase("a\n\nb", new[] { "a", "", "b" })]
    [TestCase("\n", new[] { "" })]
    [TestCase("a \r\n\tb\r\n", new[] { "a", "\tb" })]
    [TestCase("10 %\r20 %\r\n", new[] { "10 %\r20 %" })]
    public async Task Lines_come_without_their_end(string printed, string[] lines) => Assert.That((await LinesAsync(printed)).Select(line => line.Text), Is.EqualTo(lines));

    [Test]
    public async Task Characters_survive_the_ends_of_blocks()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(number => number % 3 == 0 ? "ß" : "🚀"));
        Assert.That(await LinesAsync($"{text}\n{text}"), Is.EqualTo(new[] { (text, false), (text, false) }));
    }

    [Test]
    public async Task A_line_too_long_comes_in_parts_and_the_next_is_whole_again()
    {
        var lines = await LinesAsync($"{new string('x', ReturnValue.Longest * 5 / 2)}\nshort\n");
        Assert.That(lines.Select(line => line.IsPart), Is.EqualTo(new[] { true, true, true, false }));
        Assert.That(lines.Sum(line => line.Text.Length), Is.EqualTo(ReturnValue.Longest * 5 / 2 + "short".Length));
    }

    private static async Task<List<(string Text, bool IsPart)>> LinesAsync(string printed)
    {
        List<(string, bool)> lines = [];
        await OutputLines.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(printed)), (line, isPart) => lines.Add((line, isPart)));
        return lines;
    }
}
