using Npgsql;
using Pipelines.TestKit;

namespace Pipelines.IntegrationTests.Execution;

/// <summary>Tells a test when a job, a task instance or a log has changed: triggers notify, so nothing sleeps or polls.</summary>
public sealed class JobWatch : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const string Trigger =
        """
        CREATE OR REPLACE FUNCTION hangfire.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('job_changed', NEW.id::text); RETURN NEW; END $$;
        CREATE OR REPLACE TRIGGER tell AFTER INSERT OR UPDATE ON hangfire.job FOR EACH ROW EXECUTE FUNCTION hangfire.tell();
        CREATE OR REPLACE TRIGGER tell AFTER INSERT OR UPDATE ON pipelines.task_instance FOR EACH ROW EXECUTE FUNCTION hangfire.tell();
        CREATE OR REPLACE FUNCTION hangfire.tell_log() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_notify('job_changed', 'log'); RETURN NEW; END $$;
        CREATE OR REPLACE TRIGGER tell AFTER INSERT ON pipelines.log_chunk FOR EACH ROW EXECUTE FUNCTION hangfire.tell_log();
        CREATE OR REPLACE TRIGGER tell AFTER INSERT OR UPDATE OR DELETE ON pipelines.callback FOR EACH ROW EXECUTE FUNCTION hangfire.tell_log();
        LISTEN job_changed;
        """;

    private readonly NpgsqlConnection _connection;

    private JobWatch(NpgsqlConnection connection) => _connection = connection;

    public static async Task<JobWatch> StartAsync(TestDatabase database)
    {
        var connection = await database.OpenAsync();
        await using var command = new NpgsqlCommand(Trigger, connection);
        await command.ExecuteNonQueryAsync();
        return new JobWatch(connection);
    }

    /// <summary>Returns as soon as the condition holds; looks when a job has changed.</summary>
    public async Task UntilAsync(Func<Task<bool>> holds, Func<Task<string>> what)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            while (!await holds()) await _connection.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Still not so after {Patience}: {await what()}");
        }
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
