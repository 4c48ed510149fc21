using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Operations;
using Pipelines.Engine.Scheduling;
using Pipelines.Storage;
using Pipelines.Storage.Secrets;
using Pipelines.Web;

namespace Pipelines.Cli.Hosting;

/// <summary>A host of ours in this process, started.</summary>
internal sealed class RunningHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string? _firstPassword;

    private RunningHost(WebApplication app, string? firstPassword) => (_app, _firstPassword) = (app, firstPassword);

    /// <summary>Where it listens.</summary>
    public string Url => _app.Urls.First();

    /// <summary>Its services.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>Migrates the database, makes the first admin where there is none, and starts the roles.</summary>
    /// <exception cref="CliError">The database does not answer, its schema is another build's, or the port is taken.</exception>
    /// <exception cref="SecretException">Our key is not this installation's.</exception>
    public static async Task<RunningHost> StartAsync(PipelinesOptions options, CancellationToken cancellation)
    {
        if (options.Roles.HasFlag(HostRoles.Web)) CheckKeysDirectory(options.KeysDirectory);
        var app = PipelinesHost.Create(options);
        foreach (var unknown in Settings.Unknown) app.Logger.LogWarning("{Unknown}", unknown);
        try
        {
            var database = app.Services.GetRequiredService<Database>();
            await SchemaStart.MigrateAsync(database, options.DatabaseWait, app.Logger, cancellation);
            await database.InTransactionAsync(SecretCheckTable.EnsureAsync, cancellation);
            var clock = app.Services.GetRequiredService<DatabaseClock>();
            await clock.SetAsync(database, cancellation);
            // Only who shows a login page makes its first user: a worker's log is no place for a password.
            var password = options.Roles.HasFlag(HostRoles.Web)
                ? await app.Services.GetRequiredService<CreateUser>().EnsureFirstAsync(options.AdminPassword, cancellation) : null;
            // Before anything is said to run, so that the first thing a user types finds the DAGs.
            if (options.Roles.HasFlag(HostRoles.Scheduler)) await app.Services.GetRequiredService<DagFolder>().SyncAsync(clock.GetUtcNow(), cancellation);
            await app.StartAsync(cancellation);
            return new RunningHost(app, password);
        }
        catch (Exception error)
        {
            // The scheduler and the worker may run already: they stop in order before their database goes.
            await app.StopAsync(CancellationToken.None);
            await app.DisposeAsync();
            // Only what runs every role has the option.
            var choose = options.Roles == HostRoles.All ? "--port" : "PIPELINES_URL";
            if (error is IOException { InnerException: AddressInUseException })
                throw new CliError($"Port {options.Url.Port} on {options.Url.Host} is in use. Choose another with {choose}, or stop the program that uses it.");
            if (error is SocketException or IOException { InnerException: SocketException })
                throw new CliError($"Nobody can listen on {options.Url.Host}:{options.Url.Port} here: {(error.InnerException ?? error).Message}. Choose another address with {choose}.");
            throw;
        }
    }

    /// <summary>The first admin's password, once, if it was generated now.</summary>
    public void SayFirstPassword(TextWriter writer)
    {
        if (_firstPassword is not null) writer.WriteLine($"sign in as admin with the password {_firstPassword} (shown only this once)");
    }

    /// <summary>Until Ctrl+C or a service manager's stop.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellation) => _app.WaitForShutdownAsync(cancellation);

    // The framework would log it and go on, with a login that cannot work.
    private static void CheckKeysDirectory(string path)
    {
        try
        {
            Directory.CreateDirectory(path);
            using var written = new FileStream(Path.Combine(path, $"{Guid.NewGuid()}.tmp"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliError($"PIPELINES_KEYS_DIRECTORY is '{path}' but must be a directory that this user may write, the same on every web host. ({error.Message})");
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
