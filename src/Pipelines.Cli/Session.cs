using Pipelines.Cli.Hosting;
using Pipelines.Cli.Terminal;
using Pipelines.Engine.Execution;
using Pipelines.Engine.Operations;
using Pipelines.Model.Runs;
using Pipelines.Storage;
using Pipelines.Web;
using Pipelines.Web.Settings;

namespace Pipelines.Cli;

/// <summary>A verb's way to an engine: its database to read, its operations to change something.</summary>
internal sealed class Session : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Session(ServiceProvider services) => _services = services;

    /// <summary>The database.</summary>
    public Database Database => _services.GetRequiredService<Database>();

    /// <summary>The installation's time, see <see cref="DatabaseClock"/>.</summary>
    public DateTimeOffset Now => _services.GetRequiredService<DatabaseClock>().GetUtcNow();

    /// <summary>Who the event log says did it.</summary>
    public static Actor User { get; } = new(Environment.UserName, RunTriggeredBy.Cli);

    /// <summary>As <see cref="Open"/>, for a verb that reads or writes the schema.</summary>
    /// <exception cref="MigrationException">The schema is not this program's.</exception>
    public static async Task<Session> OpenAsync(string dataDirectory, CancellationToken cancellation)
    {
        var session = Open(dataDirectory);
        try
        {
            await Migrator.CheckAsync(session.Database, cancellation);
            await session._services.GetRequiredService<DatabaseClock>().SetAsync(session.Database, cancellation);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Finds the engine; see <see cref="Home.Find"/>.</summary>
    /// <exception cref="CliError">There is none.</exception>
    /// <exception cref="SettingException">The environment's way to it is malformed.</exception>
    public static Session Open(string dataDirectory)
    {
        var engine = new Home(dataDirectory).Find();
        var services = new ServiceCollection().AddLogging();
        // Whoever types here need not have the hosts' PIPELINES_PARALLELISM.
        var options = Settings.Over(HostSettings.Defaults) with { Database = engine.Database, FernetKey = engine.FernetKey };
        var settings = options.ForEngine() with { WorkflowsFolder = "", PluginsFolder = engine.Plugins!, GrantsSlots = false };
        services.AddPipelinesOperations(options, settings);
        return new Session(services.BuildServiceProvider());
    }

    /// <summary>Brings the schema, and Hangfire's, up to date.</summary>
    /// <returns>The migrations applied now.</returns>
    public async Task<IReadOnlyList<Migration>> MigrateAsync(CancellationToken cancellation)
    {
        var applied = await Migrator.MigrateAsync(Database, cancellation);
        _services.PrepareTransport();
        return applied;
    }

    /// <summary>An operation.</summary>
    public T Operation<T>()
        where T : class => _services.GetRequiredService<T>();

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
