using Npgsql;
using Pipelines.Activities.Extracts;
using Pipelines.Activities.S3;
using Pipelines.Activities.Sql;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Timetables;

namespace Pipelines.Activities.Redshift;

/// <summary>
/// Loads one manifest into one table in one transaction, with the ledger row that proves it. Either the table holds exactly the
/// manifest's rows afterwards, or nothing changed.
/// </summary>
internal sealed class RedshiftLoad(ITaskContext context, Connection connection, LoadSettings settings, Manifest manifest, S3Url manifestUrl, CopyAccess access)
{
    private readonly LoadLedger _ledger = new(settings.Table);
    private readonly TargetTable _target = new(settings.Table, connection.ConnId);
    private readonly string _manifest = manifestUrl.ToString();
    private readonly long _rows = manifest.Meta.RecordCount!.Value;

    /// <summary>Loads; returns the rows that the table gained, also when an earlier attempt had committed them already.</summary>
    public async Task<LoadResult> RunAsync(CancellationToken cancellation)
    {
        await using var session = await OpenAsync(cancellation);
        // Reads the ledger beside the transaction: reading and writing it inside would make loads of different tables fail each other's
        // serialization (Redshift error 1023), because Redshift checks conflicts by whole tables.
        await using var observer = await OpenAsync(cancellation);
        await _target.EnsureSchemaAsync(observer, settings.CreateTable, cancellation);
        await _ledger.CreateAsync(observer, cancellation);

        await session.ExecuteAsync("BEGIN", cancellation);
        var columns = await LockAsync(session, observer, cancellation);
        // What replaces may run again, and only so the table surely holds the manifest's rows: somebody may have changed it since.
        if (settings.Mode == LoadMode.Append && await _ledger.FindAsync(observer, _manifest, cancellation) is { } before) return AlreadyLoaded(before);
        await FenceAsync(observer, cancellation);
        var filter = Filter(columns);
        await _ledger.EnterAsync(session, context.Key, context.Token, _manifest, _rows, context.Time.GetUtcNow(), cancellation);
        var deleted = await DeleteAsync(session, filter, cancellation);
        var countBefore = settings.Mode == LoadMode.Append ? await CountAsync(session, null, cancellation) : 0;
        var copied = await CopyAsync(session, columns, cancellation);
        var gained = await CountAsync(session, filter, cancellation) - countBefore;
        Compare(copied, gained, filter);
        await CommitAsync(session, cancellation);
        context.Log(LogLevel.Info, $"Loaded {copied} rows into {settings.Table}{(deleted > 0 ? $", replacing {deleted}" : "")}.");
        return new LoadResult(gained, AlreadyLoaded: false);
    }

    private Task<SqlSession> OpenAsync(CancellationToken cancellation) => SqlSession.OpenAsync(connection, context.Key.ToString(), cancellation);

    /// <summary>Creates the table if it is missing and makes other loads of it wait. Returns its columns.</summary>
    private async Task<IReadOnlyList<TargetColumn>> LockAsync(SqlSession session, SqlSession observer, CancellationToken cancellation)
    {
        var columns = await _target.ColumnsAsync(observer, cancellation);
        if (columns.Count == 0)
        {
            if (!settings.CreateTable)
                throw new TaskFailure($"Table {settings.Table} does not exist in connection '{connection.ConnId}'. Create it, correct input 'table', or set input 'createTable' to true.", retryable: false);
            var create = _target.CreateStatement(manifest.Pipelines.Columns, settings.TableAttributes);
            context.Log(LogLevel.Info, create);
            columns = await CreateAsync(session, observer, create, cancellation);
        }
        await session.ExecuteAsync($"LOCK TABLE {settings.Table.Sql}", cancellation);
        return columns.Count > 0 ? columns : await _target.ColumnsAsync(session, cancellation);
    }

    /// <summary>Creates the table inside the transaction. Returns its columns if another load created it meanwhile, else none.</summary>
    private async Task<IReadOnlyList<TargetColumn>> CreateAsync(SqlSession session, SqlSession observer, string create, CancellationToken cancellation)
    {
        try
        {
            await session.ExecuteAsync(create, cancellation);
            return [];
        }
        catch (TaskFailure failure) when (SqlErrors.IsCreationRace(failure.InnerException, create))
        {
            context.Log(LogLevel.Info, $"Another load has just created {settings.Table}.");
            await session.ExecuteAsync("ROLLBACK", cancellation);
            await session.ExecuteAsync("BEGIN", cancellation);
            return await _target.ColumnsAsync(observer, cancellation);
        }
    }

    private LoadResult AlreadyLoaded(long rows)
    {
        context.Log(LogLevel.Warning, $"{_manifest} is loaded into {settings.Table} already ({rows} rows, says the ledger), so it is not appended again; nothing was counted in the table this time.");
        return new LoadResult(rows, AlreadyLoaded: true);
    }

    private async Task FenceAsync(SqlSession observer, CancellationToken cancellation)
    {
        if (await _ledger.LatestAsync(observer, context.Key, cancellation) is not { } latest) return;
        if (latest.Token > context.Token)
            throw new TaskFailure(
                $"A later attempt of {context.Key} (token {latest.Token}) has loaded {settings.Table} already; this one (token {context.Token}) is out of date and changed nothing. " +
                $"If the engine's database was replaced, delete the task's rows from {settings.Table.Schema}._pipelines_loads.",
                retryable: false);
        if (settings.Mode == LoadMode.Append)
            context.Log(LogLevel.Warning, $"This task had appended {latest.Rows} rows of an earlier extract of the same run; mode append adds the new ones to them. Use replace_interval to replace them.");
    }

    private IntervalFilter? Filter(IReadOnlyList<TargetColumn> columns)
    {
        if (settings.Mode != LoadMode.ReplaceInterval) return null;
        var extract = manifest.Pipelines;
        var name = settings.IntervalColumn ?? extract.IntervalColumn
            ?? throw new TaskFailure("Mode replace_interval needs an interval: set input 'intervalColumn' of the extract, so that it moves the interval's rows only.", retryable: false);
        if (extract is not { IntervalStart: { } start, IntervalEnd: { } end })
            throw new TaskFailure($"Mode replace_interval would delete an interval that {_manifest} does not hold alone: the extract was not filtered. Set input 'intervalColumn' of the extract.", retryable: false);
        var column = TargetTable.Find(columns, name)
            ?? throw new TaskFailure($"Input 'intervalColumn': table {settings.Table} has no column '{name}'.", retryable: false);
        return new IntervalFilter(column.Name, column.TypeName, new DataInterval(start, end));
    }

    private async Task<long> DeleteAsync(SqlSession session, IntervalFilter? filter, CancellationToken cancellation) => settings.Mode == LoadMode.Append ? 0
        // DELETE and not TRUNCATE: Redshift's TRUNCATE commits.
        : await session.ExecuteAsync($"DELETE FROM {settings.Table.Sql}{(filter is null ? "" : $" WHERE {filter.Sql()}")}", cancellation);

    private Task<long> CountAsync(SqlSession session, IntervalFilter? filter, CancellationToken cancellation) =>
        session.CountAsync($"SELECT count(*) FROM {settings.Table.Sql}{(filter is null ? "" : $" WHERE {filter.Sql()}")}", cancellation);

    private async Task<long> CopyAsync(SqlSession session, IReadOnlyList<TargetColumn> columns, CancellationToken cancellation)
    {
        if (manifest.Entries.Count == 0) return 0;
        var copy = new CopyStatement(settings.Table, _target.Match(manifest.Pipelines.Columns, columns), manifestUrl, manifest.Pipelines, access, settings.CopyOptions);
        context.Log(LogLevel.Info, copy.Shown);
        var since = await LoadErrors.NowAsync(session, cancellation);
        try
        {
            await session.ExecuteAsync(copy.Sql, cancellation);
        }
        catch (TaskFailure failure) when (failure.InnerException is PostgresException)
        {
            throw await ExplainAsync(failure, since, cancellation);
        }
        return await session.CountAsync("SELECT pg_last_copy_count()", cancellation);
    }

    private async Task<TaskFailure> ExplainAsync(TaskFailure failure, DateTime since, CancellationToken cancellation)
    {
        var folder = _manifest[..(_manifest.LastIndexOf('/') + 1)];
        var errors = await LoadErrors.FindAsync(() => OpenAsync(cancellation), folder, since, text => context.Log(LogLevel.Warning, text), cancellation);
        if (errors.Count > 0) return LoadErrors.Explain(settings.Table, errors, failure);
        var error = (PostgresException)failure.InnerException!;
        var (advice, mayPass) = CopyErrors.Sort(error);
        return new TaskFailure($"COPY into {settings.Table} failed and nothing was loaded. {failure.Message}{advice}", failure.Retryable && mayPass, inner: failure);
    }

    private void Compare(long copied, long gained, IntervalFilter? filter)
    {
        var extracted = manifest.Pipelines.SourceRows;
        if (extracted == _rows && _rows == copied && copied == gained) return;
        var outside = filter is not null && copied == _rows && gained != copied
            ? $"Rows of this load lie outside the interval {filter.Interval.Start:O} to {filter.Interval.End:O} of column {filter.Column}: name the column that the extract was filtered by."
            : "Check whether somebody changed the files, and input 'copyOptions' (MAXERROR and the like drop rows).";
        throw new LoadCounts(extracted, _rows, copied, gained).Differ(settings.Table, outside);
    }

    private async Task CommitAsync(SqlSession session, CancellationToken cancellation)
    {
        // From here on only the server knows; a cancellation now would leave us guessing for nothing.
        cancellation.ThrowIfCancellationRequested();
        try
        {
            await session.ExecuteAsync("COMMIT", CancellationToken.None);
        }
        catch (TaskFailure failure) when (failure.InnerException is not PostgresException)
        {
            if (!await CommittedAsync(cancellation)) throw;
            context.Log(LogLevel.Warning, "The connection broke during COMMIT; the ledger shows that it took effect.");
        }
    }

    private async Task<bool> CommittedAsync(CancellationToken cancellation)
    {
        await using var session = await OpenAsync(cancellation);
        await session.ExecuteAsync("BEGIN", cancellation);
        try
        {
            // Waits for the lost transaction to end one way or the other.
            await session.ExecuteAsync($"LOCK TABLE {settings.Table.Sql}", cancellation);
        }
        catch (TaskFailure failure) when (failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.UndefinedTable })
        {
            // The lost transaction had created the table, and both are gone.
            return false;
        }
        return await _ledger.HoldsAsync(session, context.Key, context.Token, cancellation);
    }
}

/// <summary>What a load did.</summary>
/// <param name="Rows">Rows that the table gained.</param>
/// <param name="AlreadyLoaded">True: an earlier attempt had appended them; nothing was loaded or counted this time.</param>
internal sealed record LoadResult(long Rows, bool AlreadyLoaded);
