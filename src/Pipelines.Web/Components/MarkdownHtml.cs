using Markdig;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;

namespace Pipelines.Web.Components;

/// <summary>
/// Markdown of DAGs (their documentation, what their tasks ask) as HTML. Whoever writes DAGs writes it, and whoever reads it is signed in: HTML in it is
/// shown as text, and links lead to the web or to mail, nowhere else.
/// </summary>
internal static class MarkdownHtml
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseTaskLists().UseEmphasisExtras().UseAutoLinks().DisableHtml().Build();

    /// <summary>The HTML.</summary>
    public static MarkupString Of(string markdown)
    {
        try
        {
            var document = Markdown.Parse(markdown, Pipeline);
            foreach (var link in document.Descendants<LinkInline>().ToList()) Tame(link);
            foreach (var link in document.Descendants<AutolinkInline>().Where(link => !link.IsEmail && !IsSafe(link.Url)).ToList()) link.ReplaceBy(new LiteralInline(link.Url));
            // The page has headings of its own above these.
            foreach (var heading in document.Descendants<HeadingBlock>()) heading.Level = Math.Min(heading.Level + 2, 6);
            return new MarkupString(document.ToHtml(Pipeline));
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            // Nested too deeply for Markdig, e.g. thousands of '>'.
            return new MarkupString($"<pre class=\"wrap\">{System.Net.WebUtility.HtmlEncode(markdown)}</pre>");
        }
    }

    /// <summary>The page lets no picture of another site in (CSP), and loading one would tell that site who reads: it becomes a link.</summary>
    private static void Tame(LinkInline link)
    {
        link.IsImage = false;
        if (IsSafe(link.Url))
        {
            link.GetAttributes().AddPropertyIfNotExist("rel", "noopener noreferrer");
            return;
        }
        link.Url = null;
        link.ReplaceBy(new ContainerInline());
    }

    private static bool IsSafe(string? url) => Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "http" or "https" or "mailto";
}
