using Pipelines.LocalCloud.Redshift.Load;
using Pipelines.LocalCloud.Redshift.Sql;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sessions;

/// <summary>
/// Parse, Bind, Describe, Execute, Close, Flush and Sync. Messages gather until Sync or Flush and then go out while the answers come in, so a long
/// pipeline cannot block both sides. Statements the endpoint carries out itself stand in the backend as empty ones, so names, portals and their errors stay PostgreSQL's.
/// </summary>
internal sealed class ExtendedQueryFlow(Conversation conversation, SessionContext session)
{
    /// <summary>Bytes of pipelined messages that are held back at most.</summary>
    private const int LargestBatch = 1 << 20;

    private readonly Dictionary<string, SqlStatement> _statements = [];
    private readonly Dictionary<string, SqlStatement> _portals = [];

    public async Task HandleAsync(WireMessage message)
    {
        // After an error the backend ignores everything until Sync, and so do we.
        if (conversation.HasFailed && message.Type != 'S') return;
        switch (message.Type)
        {
            case 'P': Parse(message); break;
            case 'B': Bind(message); break;
            case 'D': Forward(message, message.Payload.Span[0] == 'S' ? Request.DescribeStatement : Request.DescribePortal); break;
            case 'C': Close(message); break;
            case 'E': await ExecuteAsync(message); break;
            case 'H': await conversation.FlushAndDrainAsync(); break;
            case 'S': await conversation.SyncAsync(); break;
        }
        if (conversation.Backend.Length > LargestBatch) await conversation.FlushAndDrainAsync();
    }

    private void Parse(WireMessage message)
    {
        var payload = message.Payload.Span;
        string name = WireText.Take(ref payload);
        var script = SqlScript.Parse(WireText.Take(ref payload));
        _statements.Remove(name);
        if (script.Statements is [{ NeedsOwnStep: true } statement]) ParseOwn(name, statement, payload);
        else if (script.IsRewritten) WriteParse(name, script.Text, payload);
        else conversation.Backend.Write('P', message.Payload.Span);
        if (script.Statements is not [{ NeedsOwnStep: true }]) conversation.Expect(Request.Parse, Audience.Client);
    }

    private void ParseOwn(string name, SqlStatement statement, ReadOnlySpan<byte> parameterTypes)
    {
        _statements[name] = statement;
        if (statement is SqlStatement.Truncate truncate) WriteParse(name, truncate.Text, parameterTypes);
        else conversation.WriteParse(name, statement is SqlStatement.Refused ? "!" : "");
        conversation.Expect(Request.Parse, Audience.Client, (statement as SqlStatement.Refused)?.Error);
    }

    private void WriteParse(string name, string sql, ReadOnlySpan<byte> parameterTypes)
    {
        conversation.Backend.Begin('P');
        conversation.Backend.AppendText(name);
        conversation.Backend.AppendText(sql);
        conversation.Backend.Append(parameterTypes);
        conversation.Backend.End();
    }

    private void Bind(WireMessage message)
    {
        var payload = message.Payload.Span;
        string portal = WireText.Take(ref payload);
        if (_statements.TryGetValue(WireText.Take(ref payload), out var statement)) _portals[portal] = statement;
        else _portals.Remove(portal);
        Forward(message, Request.Bind);
    }

    private void Close(WireMessage message)
    {
        var payload = message.Payload.Span;
        var names = payload[0] == 'S' ? _statements : _portals;
        payload = payload[1..];
        names.Remove(WireText.Take(ref payload));
        Forward(message, Request.Close);
    }

    private async Task ExecuteAsync(WireMessage message)
    {
        var statement = _portals.GetValueOrDefault(WireText.First(message.Payload));
        if (statement is SqlStatement.CopyFromS3 copy)
        {
            await conversation.FlushAndDrainAsync();
            if (!conversation.HasFailed) await new CopyRun(copy.Command, conversation, session).RunAsync();
            return;
        }
        Forward(message, Request.Execute);
        if (statement is SqlStatement.Truncate) conversation.WriteStatement("COMMIT", Audience.Endpoint);
    }

    private void Forward(WireMessage message, Request request)
    {
        conversation.Backend.Write(message.Type, message.Payload.Span);
        conversation.Expect(request, Audience.Client);
    }
}
