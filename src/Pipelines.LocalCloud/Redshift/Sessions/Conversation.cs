using System.Buffers.Binary;
using System.Text;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sessions;

/// <summary>
/// Talks to the backend on behalf of one client. Every request is noted in order, so an answer finds its audience: the client, or the endpoint itself.
/// An error puts the backend into its skip-to-Sync state exactly as it would a direct client, so transaction states are always PostgreSQL's own.
/// </summary>
internal sealed class Conversation(WireReader clientReader, WireWriter client, Backend backend, CancellationToken cancel)
{
    private const int FlushSize = 64 * 1024;

    /// <summary>A text that PostgreSQL cannot parse: the error it raises aborts the transaction, and the client reads ours in its place.</summary>
    private const string Unparsable = "!";

    private const string OwnStatement = "_redshift_endpoint";

    private readonly Queue<Expected> _expected = new();
    private List<string?[]>? _rows;
    private bool _ownsCopy;
    private Task _sending = Task.CompletedTask;

    public WireWriter Client => client;

    public WireWriter Backend => backend.Writer;

    public CancellationToken Cancel => cancel;

    /// <summary>True from an error until the next Sync: the backend ignores everything.</summary>
    public bool HasFailed { get; private set; }

    public void Expect(Request request, Audience audience, SqlError? insteadOfError = null) => _expected.Enqueue(new Expected(request, audience, insteadOfError));

    /// <summary>Sends what is written and relays answers until all requests are answered.</summary>
    public async Task DrainAsync()
    {
        _sending = backend.Writer.FlushAsync(cancel).AsTask();
        while (_expected.Count > 0 && await HandleAsync(await backend.ReadAsync(cancel)))
            if (client.Length > FlushSize || !backend.Reader.HasBufferedMessage) await client.FlushAsync(cancel);
        await _sending;
        await client.FlushAsync(cancel);
    }

    /// <summary>Asks the backend to answer now, without ending the implicit transaction as Sync would.</summary>
    public Task FlushAndDrainAsync()
    {
        backend.Writer.Write('H', default);
        return DrainAsync();
    }

    /// <summary>Ends the implicit transaction; the client reads ReadyForQuery.</summary>
    public Task SyncAsync()
    {
        backend.Writer.Write('S', default);
        Expect(Request.Sync, Audience.Client);
        return DrainAsync();
    }

    /// <summary>Runs one statement inside the running sequence; the client sees its rows as in a simple query.</summary>
    public Task RunAsync(string sql)
    {
        WriteStatement(sql, Audience.ClientAsSimpleQuery);
        return FlushAndDrainAsync();
    }

    /// <summary>Runs one statement of which the client sees nothing but an error.</summary>
    public Task RunUnseenAsync(string sql)
    {
        WriteStatement(sql, Audience.Endpoint);
        return FlushAndDrainAsync();
    }

    /// <summary>Reads rows as text inside the client's transaction. Empty after an error, which the client got.</summary>
    public async Task<IReadOnlyList<string?[]>> QueryAsync(string sql)
    {
        _rows = [];
        await RunUnseenAsync(sql);
        var rows = _rows;
        _rows = null;
        return HasFailed ? [] : rows;
    }

    /// <summary>Makes the statement at hand fail with this error, in the backend too.</summary>
    public Task FailAsync(SqlError error)
    {
        WriteParse(OwnStatement, Unparsable);
        Expect(Request.Parse, Audience.Endpoint, error);
        return FlushAndDrainAsync();
    }

    /// <returns>False when the backend refused; the client got its error.</returns>
    public async Task<bool> BeginCopyInAsync(string sql)
    {
        _ownsCopy = true;
        WriteStatement(sql, Audience.Endpoint);
        await FlushAndDrainAsync();
        _ownsCopy = false;
        return !HasFailed;
    }

    /// <returns>False when the backend ended the COPY with an error, which the client got.</returns>
    public async ValueTask<bool> SendCopyDataAsync(ReadOnlyMemory<byte> rows)
    {
        backend.Writer.Write('d', rows.Span);
        await backend.Writer.FlushAsync(cancel);
        while (backend.Reader.HasInput && !HasFailed) await HandleAsync(await backend.ReadAsync(cancel));
        return !HasFailed;
    }

    public async Task<bool> EndCopyInAsync()
    {
        backend.Writer.Write('c', default);
        await FlushAndDrainAsync();
        return !HasFailed;
    }

    /// <summary>Takes back all rows of the COPY; the client reads <paramref name="error"/>.</summary>
    public async Task AbortCopyInAsync(SqlError error)
    {
        if (HasFailed) return;
        _expected.Clear();
        Expect(Request.Execute, Audience.Endpoint, error);
        backend.Writer.Write('f', "\0"u8);
        await FlushAndDrainAsync();
    }

    public void WriteParse(string name, string sql)
    {
        backend.Writer.Begin('P');
        backend.Writer.AppendText(name);
        backend.Writer.AppendText(sql);
        backend.Writer.AppendInt16(0);
        backend.Writer.End();
    }

    /// <summary>Close what was there, then Parse, Bind, Describe and Execute under the endpoint's own name; the client's unnamed statement survives.</summary>
    public void WriteStatement(string sql, Audience audience)
    {
        WriteNamed('C', 'S', Request.Close, Audience.Endpoint);
        WriteNamed('C', 'P', Request.Close, Audience.Endpoint);
        WriteParse(OwnStatement, sql);
        Expect(Request.Parse, audience);
        backend.Writer.Begin('B');
        backend.Writer.AppendText(OwnStatement);
        backend.Writer.AppendText(OwnStatement);
        backend.Writer.AppendInt16(0);
        backend.Writer.AppendInt16(0);
        backend.Writer.AppendInt16(0);
        backend.Writer.End();
        Expect(Request.Bind, audience);
        WriteNamed('D', 'P', Request.DescribePortal, audience);
        backend.Writer.Begin('E');
        backend.Writer.AppendText(OwnStatement);
        backend.Writer.AppendInt32(0);
        backend.Writer.End();
        Expect(Request.Execute, audience);
    }

    private void WriteNamed(char type, char what, Request request, Audience audience)
    {
        backend.Writer.Begin(type);
        backend.Writer.Append((byte)what);
        backend.Writer.AppendText(OwnStatement);
        backend.Writer.End();
        Expect(request, audience);
    }

    /// <returns>False when relaying must pause: the endpoint, or the client with a Sync of its own, has the next word.</returns>
    private async ValueTask<bool> HandleAsync(WireMessage message)
    {
        switch (message.Type)
        {
            case 'E':
                HandleError(message);
                return true;
            case 'N' or 'S' or 'A':
                bool isUnseen = _expected.TryPeek(out var first) && first.Audience == Audience.Endpoint && message.Type == 'N';
                if (!isUnseen) client.Write(message.Type, message.Payload.Span);
                return true;
            case 'G':
                await _sending;
                return !_ownsCopy && await RelayCopyInAsync(message);
            case 'Z':
                HasFailed = false;
                break;
            case 'D' when _rows is not null:
                _rows.Add(ReadRow(message.Payload.Span));
                break;
        }
        if (!_expected.TryPeek(out var head)) return true;
        if (head.Shows(message.Type)) client.Write(message.Type, message.Payload.Span);
        if (head.EndsWith(message.Type)) _expected.Dequeue();
        return true;
    }

    private void HandleError(WireMessage message)
    {
        bool isAnswer = _expected.TryPeek(out var head);
        if (isAnswer && head.InsteadOfError is { } error) error.WriteTo(client);
        else client.Write('E', message.Payload.Span);
        if (!isAnswer || head.Request is Request.Query) return;
        HasFailed = true;
        while (_expected.TryPeek(out head) && head.Request != Request.Sync) _expected.Dequeue();
    }

    /// <summary>COPY FROM STDIN: the client sends the rows.</summary>
    private async ValueTask<bool> RelayCopyInAsync(WireMessage response)
    {
        client.Write('G', response.Payload.Span);
        await client.FlushAsync(cancel);
        while (true)
        {
            var message = await clientReader.ReadAsync(cancel) ?? throw new IOException("The client went away during COPY FROM STDIN.");
            if (message.Type is 'd' or 'c' or 'f') backend.Writer.Write(message.Type, message.Payload.Span);
            bool isLast = message.Type is 'c' or 'f';
            if (isLast && _expected.Peek().Request == Request.Execute) backend.Writer.Write('H', default);
            if (isLast || backend.Writer.Length > FlushSize) await backend.Writer.FlushAsync(cancel);
            if (isLast) return DropSwallowedSync();
        }
    }

    /// <summary>PostgreSQL ignores a Sync that arrives during COPY FROM STDIN, and the client sends another.</summary>
    private bool DropSwallowedSync()
    {
        if (_expected.Count < 2 || _expected.Last().Request != Request.Sync) return true;
        var kept = _expected.SkipLast(1).ToList();
        _expected.Clear();
        kept.ForEach(_expected.Enqueue);
        return true;
    }

    private static string?[] ReadRow(ReadOnlySpan<byte> payload)
    {
        var row = new string?[BinaryPrimitives.ReadInt16BigEndian(payload)];
        payload = payload[2..];
        for (int i = 0; i < row.Length; i++)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(payload);
            payload = payload[4..];
            if (length < 0) continue;
            row[i] = Encoding.UTF8.GetString(payload[..length]);
            payload = payload[length..];
        }
        return row;
    }
}
