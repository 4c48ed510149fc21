using Hangfire.Common;

namespace Pipelines.Engine.Execution.Transport;

/// <summary>
/// The filters of one of our Hangfire clients or servers, and no others. Hangfire's global filters (AutomaticRetry, CaptureCulture,
/// statistics per culture) are left out on purpose: we retry by ourselves, and CaptureCulture alone makes job creation ten times slower.
/// </summary>
internal sealed class HangfireFilters(params object[] filters) : IJobFilterProvider
{
    private readonly JobFilter[] _filters = [.. filters.Select(filter => new JobFilter(filter, JobFilterScope.Global, order: null))];

    public IEnumerable<JobFilter> GetFilters(Job job) => _filters;
}
