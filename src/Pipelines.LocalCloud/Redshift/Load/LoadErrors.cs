using Pipelines.LocalCloud.Redshift.Sessions;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>Rejected rows of one load. They are saved beside the client's transaction, so they outlive its rollback.</summary>
internal sealed class LoadErrors(SessionContext session, TargetTable table, long copyId, int maxError)
{
    private const int BatchSize = 500;

    private readonly List<LoadError> _unsaved = [];
    private readonly DateTime _started = DateTime.UtcNow;

    public int Count { get; private set; }

    /// <exception cref="SqlErrorException">MAXERROR is reached.</exception>
    public async Task AddAsync(LoadError error, CancellationToken cancel)
    {
        _unsaved.Add(error);
        Count++;
        if (Count >= maxError) throw CopyFailure.TooManyBadRows(table.Name);
        if (_unsaved.Count == BatchSize) await SaveAsync(cancel);
    }

    public async Task SaveAsync(CancellationToken cancel)
    {
        if (_unsaved.Count == 0) return;
        await session.Catalog.SaveErrorsAsync(session, table.Id, copyId, DateTime.SpecifyKind(_started, DateTimeKind.Unspecified), _unsaved, cancel);
        _unsaved.Clear();
    }
}
