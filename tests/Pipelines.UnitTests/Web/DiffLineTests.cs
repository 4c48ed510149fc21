using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.Storage.Dags;
using Pipelines.Web.Components.Dags;

namespace Pipelines.UnitTests.Web;

/// <summary>Two versions of a DAG beside each other.</summary>
public sealed class DiffLineTests
{
    private static string Text(Action<string[]> change)
    {
        var lines = Enumerable.Range(1, 30).Select(number => $"line {number}").ToArray();
        change(lines);
        return string.Join('\n', lines);
    }

    [Test]
    public void Equal_lines_far_from_a_change_are_left_out()
    {
        var lines = DiffLine.Between(Text(_ => { }), Text(lines => lines[14] = "new"));

        Assert.That(lines.Select(line => (line.Sign, line.Old, line.New, line.Text)), Is.EqualTo(new (char, int?, int?, string)[]
        {
            ('…', null, null, "11 equal lines"),
            (' ', 12, 12, "line 12"), (' ', 13, 13, "line 13"), (' ', 14, 14, "line 14"),
            ('-', 15, null, "line 15"), ('+', null, 15, "new"),
            (' ', 16, 16, "line 16"), (' ', 17, 17, "line 17"), (' ', 18, 18, "line 18"),
            ('…', null, null, "12 equal lines"),
        }));
    }

    [Test]
    public void Equal_texts_have_no_lines_to_show() => Assert.That(DiffLine.Between(Text(_ => { }), Text(_ => { })), Is.Empty);

    [Test]
    public void A_file_of_one_long_line_is_broken_into_many()
    {
        var lines = DiffLine.Between("""{"a":1,"b":2}""", """{"a":1,"b":3}""");

        Assert.That(lines.Where(line => line.Sign != ' ').Select(line => $"{line.Sign}{line.Text.Trim()}"), Is.EqualTo(new[] { "-\"b\": 2", "+\"b\": 3" }));
    }

    [TestCase("1", "2", true)]
    [TestCase(null, null, false)]
    [TestCase("1", "9", false)]
    [TestCase("x", "2", false)]
    public async Task Two_versions_are_compared_when_the_address_names_them(string? from, string? to, bool compared)
    {
        await using var context = new BunitContext();
        context.Services.AddSingleton(TimeProvider.System);
        DagVersion[] versions = [Version(2, """{"description":"<b>new</b>","root":{"activities":[]}}"""), Version(1, """{"description":"old","root":{"activities":[]}}""")];

        var part = context.Render<DagVersionList>(parameters => parameters
            .Add(list => list.DagId, "d").Add(list => list.Versions, versions).Add(list => list.From, from).Add(list => list.To, to)
            .Add(list => list.Old, Find(from)).Add(list => list.New, Find(to)));

        Assert.That(part.FindAll("[data-testid=diff]"), Has.Count.EqualTo(compared ? 1 : 0));
        Assert.That(part.FindAll("[role=alert]"), Has.Count.EqualTo(from is not null && !compared ? 1 : 0));
        if (!compared) return;
        Assert.That(part.Find("[data-testid=diff]").TextContent, Does.Contain("description changed").And.Contain("<b>new</b>"));
        Assert.That(part.FindAll("[data-testid=diff] b"), Is.Empty);

        DagVersion? Find(string? number) => versions.FirstOrDefault(version => $"{version.VersionNumber}" == number);
    }

    private static DagVersion Version(int number, string text) =>
        new() { Id = number, DagId = "d", VersionNumber = number, Hash = new string('0', 64), FileText = text };
}
