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
            if (error is IOException { InnerException: AddressInUseException or SocketException })
                throw new CliError($"Port {options.Url.Port} on {options.Url.Host} is in use. Choose another with --port, or stop the program that uses it.");
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

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
