using Pipelines.LocalCloud.Redshift.Load;
using Pipelines.LocalCloud.Redshift.Sql;
using Pipelines.LocalCloud.Redshift.Wire;

namespace Pipelines.LocalCloud.Redshift.Sessions;

/// <summary>
/// A Query packet. Untouched statements travel as they came. A packet in which the endpoint has work of its own runs step by step inside one
/// implicit transaction, as PostgreSQL would run it: an error ends the packet and takes back what the packet did outside BEGIN … COMMIT.
/// </summary>
internal sealed class SimpleQueryFlow(Conversation conversation, SessionContext session)
{
    public async Task RunAsync(WireMessage query)
    {
        var script = SqlScript.Parse(WireText.First(query.Payload));
        if (!script.NeedsSteps)
        {
            await PassAsync(script, query);
            return;
        }
        foreach (var statement in script.Statements)
        {
            await StepAsync(statement);
            if (conversation.HasFailed) break;
        }
        await conversation.SyncAsync();
    }

    private Task PassAsync(SqlScript script, WireMessage query)
    {
        var writer = conversation.Backend;
        writer.Begin('Q');
        if (script.IsRewritten) writer.AppendText(script.Text);
        else writer.Append(query.Payload.Span);
        writer.End();
        conversation.Expect(Request.Query, Audience.Client);
        return conversation.DrainAsync();
    }

    private async Task StepAsync(SqlStatement statement)
    {
        switch (statement)
        {
            case SqlStatement.PassThrough step:
                await conversation.RunAsync(step.Text);
                break;
            case SqlStatement.Truncate truncate:
                await conversation.RunAsync(truncate.Text);
                if (!conversation.HasFailed) await conversation.RunUnseenAsync("COMMIT");
                break;
            case SqlStatement.CopyFromS3 copy:
                await new CopyRun(copy.Command, conversation, session).RunAsync();
                break;
            case SqlStatement.Refused refused:
                await conversation.FailAsync(refused.Error);
                break;
        }
    }
}
