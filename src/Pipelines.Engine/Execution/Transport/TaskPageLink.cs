using System.Net;
using Hangfire;
using Hangfire.Dashboard;
using Pipelines.Model.Runs;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>Leads from a job's details in Hangfire's dashboard to our page of its task, which knows what Hangfire does not: log, inputs, rows.</summary>
public static class TaskPageLink
{
    private const int First = 0;
    private static Func<TaskInstanceKey, string>? _url;

    /// <summary>Shows the link on every job of a task.</summary>
    /// <param name="url">The page of a task instance.</param>
    public static IGlobalConfiguration UseTaskPageLink(this IGlobalConfiguration dashboard, Func<TaskInstanceKey, string> url)
    {
        // Hangfire keeps its renderers per process and never forgets one; a second host in the process must not add a second link.
        return Interlocked.Exchange(ref _url, url) is null ? dashboard.UseJobDetailsRenderer(First, Render) : dashboard;
    }

    private static NonEscapedString Render(JobDetailsRendererDto details) => new(
        details.Page.Storage is TransportStorage storage && TaskJob.IdOf(details.JobDetails.Job) is { } id && storage.Names.Find(id) is { } key ? Html(key, _url!(key)) : "");

    /// <summary>Names hold whatever their owners like, so they are text here.</summary>
    internal static string Html(TaskInstanceKey key, string url) =>
        $"<p><a class=\"btn btn-primary btn-sm\" href=\"{WebUtility.HtmlEncode(url)}\">Log, inputs and rows of {WebUtility.HtmlEncode(key.ToString())}</a></p>";
}
