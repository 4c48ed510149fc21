using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.UnitTests.Dags;
using Pipelines.Web.Components;
using Pipelines.Web.Components.Dags;

namespace Pipelines.UnitTests.Web;

/// <summary>The details of a DAG's page: its params, its documentation and whom to ask.</summary>
public sealed class DagDetailsTests
{
    private BunitContext _context = null!;

    [SetUp]
    public void Create()
    {
        _context = new BunitContext();
        _context.Services.AddSingleton(TimeProvider.System);
    }

    [TearDown]
    public async Task DisposeAsync() => await _context.DisposeAsync();

    [Test]
    public void Params_stand_with_default_words_and_schema_and_no_secret_does()
    {
        var part = Render(new DagText().Task("a").Set("params", """{"country":{"value":"DE","description":"Of the <b>shop</b>","schema":{"enum":["DE"]}},"password":"hunter2","must":{"schema":{}}}"""));

        Assert.That(part.FindAll("tbody tr").Select(row => string.Join('|', row.Children.Select(cell => cell.TextContent))),
            Is.EqualTo(new[] { """country|"DE"|Of the <b>shop</b>|{"enum":["DE"]}""", "password|\"***\"||", "must|none: a run must name it||" }));
    }

    [TestCase("[a](https://x.org/)", "<p><a href=\"https://x.org/\" rel=\"noopener noreferrer\">a</a></p>")]
    [TestCase("<mailto:d@x.org> https://y.org", "<p><a href=\"mailto:d@x.org\">mailto:d@x.org</a> <a href=\"https://y.org\" rel=\"noopener noreferrer\">https://y.org</a></p>")]
    [TestCase("[a **b**](javascript:alert(1))", "<p>a <strong>b</strong></p>")]
    [TestCase("<javascript:alert(1)> [x](data:text/html,x) [y](//evil.org) [z](../x) [f][1]\n\n[1]: ftp://x.org", "<p>javascript:alert(1) x y z f</p>")]
    [TestCase("![logo](https://x.org/a.png) ![bad](javascript:1)", "<p><a href=\"https://x.org/a.png\" rel=\"noopener noreferrer\">logo</a> bad</p>")]
    [TestCase("|a|b|\n|-|-|\n|1|2|", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>")]
    [TestCase("a<br>&lt;b&gt;", "<p>a&lt;br&gt;&lt;b&gt;</p>")]
    public void Links_of_the_documentation_lead_to_the_web_or_to_mail(string markdown, string html) => Assert.That(MarkdownHtml.Of(markdown).Value.TrimEnd(), Is.EqualTo(html));

    [Test]
    public void Documentation_that_is_nested_without_end_is_shown_as_it_is() => Assert.That(MarkdownHtml.Of(new string('>', 20_000)).Value, Does.StartWith("<").And.Contain("&gt;&gt;"));

    [Test]
    public void Owners_are_links_and_the_documentation_is_Markdown_without_HTML()
    {
        var part = Render(new DagText().Task("a").Set("ownerLinks", """{"data":"mailto:d@example.com"}""").Set("docMd", "# Sales\n<script>alert(1)</script>\n\nSee **this** <b onclick='x()'>b</b>"));

        Assert.That(part.Find("a").OuterHtml, Does.Contain("href=\"mailto:d@example.com\"").And.Contain(">data<"));
        var doc = part.Find("[data-testid=doc]");
        Assert.That((doc.QuerySelector("h3")!.TextContent, doc.QuerySelector("strong")!.TextContent), Is.EqualTo(("Sales", "this")));
        Assert.That(doc.QuerySelectorAll("script, b").Length, Is.Zero);
        Assert.That(doc.TextContent, Does.Contain("<script>alert(1)</script>").And.Contain("<b onclick='x()'>b</b>"));
        Assert.That(part.Find("p.muted").TextContent, Does.StartWith("This DAG has no params."));
    }

    private IRenderedComponent<DagDetails> Render(DagText text)
    {
        var dag = text.Read().Dag;
        Assert.That(dag, Is.Not.Null, string.Join('\n', text.Errors()));
        return _context.Render<DagDetails>(parameters => parameters.Add(details => details.Dag, dag));
    }
}
