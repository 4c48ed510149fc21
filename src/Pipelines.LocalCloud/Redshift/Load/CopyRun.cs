using Pipelines.LocalCloud.Redshift.Sessions;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Load;

/// <summary>
/// Carries out one COPY FROM 's3://…': object → decompress → records → rules → the backend's COPY FROM STDIN, in bounded memory and inside the client's transaction.
/// </summary>
internal sealed class CopyRun(CopyCommand command, Conversation conversation, SessionContext session)
{
    private const int SendSize = 64 * 1024;

    private readonly RowBuffer _rows = new();
    private long _loaded;

    public async Task RunAsync()
    {
        try
        {
            CopyAuthority.Check(command.Authorization!, session.Options);
            var table = await TargetTable.FindAsync(conversation, command);
            if (table is not null) await LoadAsync(table);
        }
        catch (SqlErrorException refusal)
        {
            await conversation.FailAsync(refusal.Error);
        }
    }

    private async Task LoadAsync(TargetTable table)
    {
        long id = await session.Catalog.BeginCopyAsync(session.ProcessId, conversation.Cancel);
        var source = new LoadSource(session.Options.Store, command);
        var objects = await source.FindAsync(conversation.Cancel);
        if (!await conversation.BeginCopyInAsync(table.CopyStatement)) return;
        var errors = new LoadErrors(session, table, id, command.MaxError);
        bool goesOn;
        try
        {
            goesOn = await LoadAsync(source, objects, table, errors);
        }
        catch (SqlErrorException failure)
        {
            // Saved first: whoever reads our answer may look into stl_load_errors at once.
            await errors.SaveAsync(conversation.Cancel);
            await conversation.AbortCopyInAsync(failure.Error);
            return;
        }
        await errors.SaveAsync(conversation.Cancel);
        if (!goesOn || !await conversation.EndCopyInAsync()) return;
        await session.Catalog.EndCopyAsync(session.ProcessId, _loaded, conversation.Cancel);
        Report(table, errors.Count);
    }

    /// <returns>False when the backend ended the COPY.</returns>
    private async Task<bool> LoadAsync(LoadSource source, IReadOnlyList<LoadObject> objects, TargetTable table, LoadErrors errors)
    {
        foreach (var part in objects)
            if (!await LoadAsync(source, part, table, errors)) return false;
        return await SendRowsAsync();
    }

    /// <returns>False when the backend ended the COPY.</returns>
    private async Task<bool> LoadAsync(LoadSource source, LoadObject part, TargetTable table, LoadErrors errors)
    {
        await using var stream = source.Open(part);
        var reader = new RecordReader(stream, command.FieldDelimiter, command.IsCsv ? command.Quote : null);
        var writer = new RowWriter(table.Columns, command, _rows);
        int header = command.IgnoreHeader;
        do
        {
            while (reader.TryRead())
            {
                if (header-- > 0 || (command.IgnoreBlankLines && reader.IsBlankLine)) continue;
                if (writer.Write(reader) is not { } fault) _loaded++;
                else await errors.AddAsync(LoadError.Of(fault, part, reader, writer.FaultyField is { } index ? (table.Columns[index], index) : null), conversation.Cancel);
                if (_rows.Length > SendSize && !await SendRowsAsync()) return false;
            }
        }
        while (await FillAsync(reader, part));
        return true;
    }

    private async ValueTask<bool> FillAsync(RecordReader reader, LoadObject part)
    {
        try
        {
            return await reader.FillAsync(conversation.Cancel);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException or ZstdSharp.ZstdException)
        {
            throw CopyFailure.Of($"The file {part.Url} cannot be read as {command.Compression}: {broken.Message}", part.Url);
        }
    }

    private async ValueTask<bool> SendRowsAsync()
    {
        if (_rows.Length == 0) return true;
        bool goesOn = await conversation.SendCopyDataAsync(_rows.WrittenMemory);
        _rows.Clear();
        return goesOn;
    }

    private void Report(TargetTable table, int errors)
    {
        var client = conversation.Client;
        Inform($"Load into table '{table.Name}' completed, {_loaded} record(s) loaded successfully.");
        if (errors > 0) Inform($"Load into table '{table.Name}' completed, {errors} record(s) could not be loaded.  Check 'stl_load_errors' system table for details.");
        client.Begin('C');
        client.AppendText("COPY");
        client.End();
    }

    private void Inform(string message) => new SqlError("00000", message).WriteTo(conversation.Client, 'N', "INFO");
}
