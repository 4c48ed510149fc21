using System.Data.Common;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.LocalCloud.Postgres;
using Pipelines.Model.Activities;
using Pipelines.Model.Connections;
using Pipelines.Model.Timetables;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;
using Pipelines.Web.Settings;

namespace Pipelines.Cli.Terminal;

/// <summary>Turns whatever a verb throws into a message and an exit code.</summary>
internal static class Failures
{
    /// <summary>Exit code of a verb that failed.</summary>
    public const int Failed = 1;

    /// <summary>Exit code of a verb that was interrupted, as shells expect it.</summary>
    public const int Interrupted = 130;

    /// <summary>Runs a verb. A failure that the user can act on is one message; anything else is ours and shows its trace.</summary>
    public static async Task<int> ReportAsync(Func<Task<int>> verb)
    {
        try
        {
            return await verb();
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception error) when (Message(error) is { } message)
        {
            await Console.Error.WriteLineAsync($"pipelines: {message}");
            return Failed;
        }
        catch (Exception error)
        {
            await Console.Error.WriteLineAsync($"pipelines: this should not have happened; please report it with the lines below.\n{error}");
            return Failed;
        }
    }

    private static string? Message(Exception error) => error switch
    {
        CliError or SettingException or OperationException or DagUnreadableException or ConnectionException or MigrationException or SecretException or EmbeddedPostgresException or UnstorableTextException or TimetableException => error.Message,
        IOException or UnauthorizedAccessException => error.Message,
        // Tasks report their databases' failures themselves: what reaches a verb is the metadata database.
        DbException when DatabaseTrouble.Of(error) is { } trouble => $"{trouble} If 'pipelines standalone' was killed, start it again on the same --data-dir; otherwise check PIPELINES_DATABASE.",
        DbException when DatabaseTrouble.Refusal(error) is { } refusal => $"{refusal} If you set no PIPELINES_DATABASE, start 'pipelines standalone' again on the same --data-dir.",
        _ => null,
    };
}
