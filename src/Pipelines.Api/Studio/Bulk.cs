using Pipelines.Engine.Operations;

namespace Pipelines.Api.Studio;

/// <summary>The same done to many: one refusal stops none of the others.</summary>
/// <param name="done">What it is called, e.g. <c>deleted</c>.</param>
internal sealed class Bulk(string done)
{
    private readonly List<string> _refusals = [];
    private readonly List<string> _notFound = [];

    /// <summary>How many were done.</summary>
    public int Done { get; private set; }

    /// <summary>Those that are gone.</summary>
    public IReadOnlyList<string> NotFound => _notFound;

    /// <summary>Does it to one.</summary>
    public async Task TryAsync(string id, Func<Task> act)
    {
        try
        {
            await act();
            Done++;
        }
        catch (OperationException refusal) when (refusal.Kind == RefusalKind.NotFound)
        {
            _notFound.Add(id);
        }
        catch (OperationException refusal)
        {
            _refusals.AddRange([refusal.Message, .. refusal.Details]);
        }
    }

    /// <summary>Says what was refused.</summary>
    /// <exception cref="OperationException">Something was.</exception>
    public void Throw()
    {
        if (_refusals.Count > 0) throw new OperationException(RefusalKind.Conflict, $"{Done} {(Done == 1 ? "was" : "were")} {done}; the rest was refused and stays as it is.", _refusals);
    }
}
