using Pipelines.Storage;

namespace Pipelines.Cli.Hosting;

/// <summary>Brings the schema up to date when a host starts. The database may start after the host, or be full of connections for a while.</summary>
internal static class SchemaStart
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Migrates as soon as the database answers.</summary>
    /// <param name="database">Which.</param>
    /// <param name="patience">After this long its last error is thrown, so that whoever supervises the process sees that it cannot start.</param>
    /// <param name="log">Told once per error.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static async Task MigrateAsync(Database database, TimeSpan patience, ILogger log, CancellationToken cancellation)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (string? said = null; ;)
        {
            try
            {
                await Migrator.MigrateAsync(database, cancellation);
                return;
            }
            catch (Exception error) when (DatabaseTrouble.Of(error) is { } trouble && TimeProvider.System.GetElapsedTime(began) < patience)
            {
                if (trouble != said) log.LogWarning("{Trouble} It is asked again for {Patience} (PIPELINES_DATABASE_WAIT)", said = trouble, patience);
            }
            await Task.Delay(Pause, cancellation);
        }
    }
}
