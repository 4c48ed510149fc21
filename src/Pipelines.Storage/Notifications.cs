using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Npgsql;

namespace Pipelines.Storage;

/// <summary>What processes tell each other through Postgres. A hint to look at the truth at once, never the truth.</summary>
public enum Topic
{
    /// <summary>There is work for a scheduler: a run was created, cleared or finished, a DAG unpaused, or there may be slots to grant. Payload: the dag_id, or nothing when it is about no DAG.</summary>
    SchedulerWork,

    /// <summary>A run or one of its tasks changed. Payload: the run's id (the number of its row), a space and its dag_id.</summary>
    RunChanged,

    /// <summary>A DAG, its file, its draft, one of its backfills, or whether it is paused changed. Payload: the dag_id.</summary>
    DagChanged,

    /// <summary>A running attempt wrote a log line or moved data. Payload: the attempt's id.</summary>
    LogWritten,

    /// <summary>A callback is owed. Payload: nothing.</summary>
    CallbackOwed,
}

/// <summary>A message, or <see cref="Topic"/> null after each (re)connect: messages may have been missed, look at everything.</summary>
public sealed record Notification(Topic? Topic, string Payload);

/// <summary>LISTEN/NOTIFY.</summary>
public static class Notifications
{
    private const string Send = "SELECT 1 FROM pg_notify(@channel, @payload)";

    private const string SendMany = "SELECT count(pg_notify(@channel, p)::text) FROM unnest(@payloads::text[]) AS p";

    /// <summary>Sends when, and only if, the transaction commits; equal messages of one transaction are sent once.</summary>
    public static Task NotifyAsync(this Transaction tx, Topic topic, string payload) =>
        tx.ExecuteAsync(Send, new { channel = ChannelOf(topic), payload });

    /// <summary>Says that attempts have written a line or moved data.</summary>
    public static Task NotifyLogsAsync(this Transaction tx, IEnumerable<long> attemptIds) => tx.ExecuteAsync(SendMany, new
    {
        channel = ChannelOf(Topic.LogWritten),
        payloads = attemptIds.Select(id => id.ToString(CultureInfo.InvariantCulture)).ToArray(),
    });

    /// <summary>Says that a run or one of its tasks changed.</summary>
    public static Task NotifyRunAsync(this Transaction tx, long dagRunId, string dagId) =>
        tx.NotifyAsync(Topic.RunChanged, string.Create(CultureInfo.InvariantCulture, $"{dagRunId} {dagId}"));

    /// <summary>Listens until cancelled, over one connection of its own; reconnects after <paramref name="reconnectDelay"/>.</summary>
    public static async IAsyncEnumerable<Notification> ListenAsync(
        this Database database, Topic[] topics, TimeSpan reconnectDelay, TimeProvider time, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var messages = Channel.CreateUnbounded<Notification>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
        var listening = KeepListeningAsync(database, topics, messages.Writer, reconnectDelay, time, cancellation);
        await foreach (var message in messages.Reader.ReadAllAsync(CancellationToken.None)) yield return message;
        await listening;
    }

    private static async Task KeepListeningAsync(
        Database database, Topic[] topics, ChannelWriter<Notification> messages, TimeSpan reconnectDelay, TimeProvider time, CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                try
                {
                    await ListenOnceAsync(database, topics, messages, cancellation);
                }
                catch (Exception error) when (error is NpgsqlException or IOException)
                {
                    await Task.Delay(reconnectDelay, time, cancellation);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            messages.Complete();
        }
        catch (Exception error)
        {
            messages.Complete(error);
        }
    }

    private static async Task ListenOnceAsync(Database database, Topic[] topics, ChannelWriter<Notification> messages, CancellationToken cancellation)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellation);
        connection.Notification += (_, message) => messages.TryWrite(new Notification(TopicOf(message.Channel), message.Payload));
        var listen = string.Join("; ", topics.Select(topic => $"LISTEN {ChannelOf(topic)}"));
        await using (var command = new NpgsqlCommand(listen, connection)) await command.ExecuteNonQueryAsync(cancellation);
        messages.TryWrite(new Notification(null, ""));
        while (true) await connection.WaitAsync(cancellation);
    }

    private static string ChannelOf(Topic topic) => topic switch
    {
        Topic.SchedulerWork => "pipelines_scheduler_work",
        Topic.RunChanged => "pipelines_run_changed",
        Topic.DagChanged => "pipelines_dag_changed",
        Topic.LogWritten => "pipelines_log_written",
        Topic.CallbackOwed => "pipelines_callback_owed",
        _ => throw new ArgumentOutOfRangeException(nameof(topic), topic, "This topic has no channel."),
    };

    private static Topic TopicOf(string channel) => Enum.GetValues<Topic>().First(topic => ChannelOf(topic) == channel);
}
