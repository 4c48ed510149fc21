using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Pipelines.UnitTests.Dags;
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

    [Test]
    public void Owners_are_links_and_the_documentation_is_text()
    {
        var part = Render(new DagText().Task("a").Set("ownerLinks", """{"data":"mailto:d@example.com"}""").Set("docMd", "# Sales\n<script>alert(1)</script>"));

        Assert.That(part.Find("a").OuterHtml, Does.Contain("href=\"mailto:d@example.com\"").And.Contain(">data<"));
        Assert.That(part.Find("[data-testid=doc]").TextContent, Is.EqualTo("# Sales\n<script>alert(1)</script>"));
        Assert.That(part.Find("p.muted").TextContent, Does.StartWith("This DAG has no params."));
    }

    private IRenderedComponent<DagDetails> Render(DagText text)
    {
        var dag = text.Read().Dag;
        Assert.That(dag, Is.Not.Null, string.Join('\n', text.Errors()));
        return _context.Render<DagDetails>(parameters => parameters.Add(details => details.Dag, dag));
    }
}
