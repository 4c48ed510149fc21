using Pipelines.Engine.Execution.Transport;
using Pipelines.Model.Runs;

namespace Pipelines.UnitTests.Execution;

public sealed class TaskPageLinkTests
{
    [Test]
    public void A_name_with_HTML_stays_text() => Assert.That(
        TaskPageLink.Html(new TaskInstanceKey("d", "<img src=x onerror=alert(1)>", "\"t\""), "/dags/d?a=1&b=\"2\""),
        Does.Contain("href=\"/dags/d?a=1&amp;b=&quot;2&quot;\"").And.Contain("d.&quot;t&quot; [&lt;img src=x onerror=alert(1)&gt;]").And.Not.Contain("<img"));
}
