using Npgsql;

namespace Pipelines.LocalCloud.Postgres;

/// <summary>
/// A private PostgreSQL server on 127.0.0.1, started from npm's binaries or from a server installed on the machine. It stops when disposed,
/// and on Linux also when this process dies; elsewhere the next start in the same folder stops what was left.
/// </summary>
public sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const int PortAttempts = 5;

    private readonly FileStream _claim;
    private readonly Supervisor _supervisor;
    private readonly Launcher _launcher;

    private EmbeddedPostgres(FileStream claim, Supervisor supervisor, Launcher launcher, Cluster cluster, int port)
    {
        (_claim, _supervisor, _launcher) = (claim, supervisor, launcher);
        (Port, SuperuserPassword, MajorVersion, DataDirectory) = (port, cluster.Password, cluster.Major!.Value, cluster.Folder);
    }

    public string Host { get; } = "127.0.0.1";

    public int Port { get; }

    public string Superuser { get; } = Cluster.Superuser;

    public string SuperuserPassword { get; }

    public int MajorVersion { get; }

    /// <summary>The folder of this server; <c>server.log</c> is in it.</summary>
    public string DataDirectory { get; }

    /// <summary>The server's process id.</summary>
    public int ProcessId => _supervisor.Server.Pid;

    /// <summary>
    /// Fails with an <see cref="EmbeddedPostgresException"/> when the server has ended by itself and cannot be started again (see
    /// <see cref="PostgresOptions.OnTrouble"/>); canceled when this is disposed.
    /// </summary>
    public Task GivenUp => _supervisor.GivenUp;

    /// <summary>Prepares the data directory where needed, starts the server and returns when it accepts connections.</summary>
    /// <exception cref="EmbeddedPostgresException">No server, no right to run it, port or folder in use, cluster of another version.</exception>
    public static async Task<EmbeddedPostgres> StartAsync(PostgresOptions options, CancellationToken cancel = default)
    {
        var cluster = new Cluster(options.DataDirectory);
        var claim = cluster.Claim();
        try
        {
            await PostmasterFile.ReclaimAsync(cluster.Data, cancel);
            var (binaries, launcher) = await ChooseAsync(cluster, cancel);
            await cluster.EnsureAsync(binaries, launcher, cancel);
            await cluster.WriteAccessAsync(options.BindAddress, launcher, cancel);
            cluster.TurnLog();
            var (postmaster, port) = await StartOnPortAsync(binaries, launcher, cluster, options, cancel);
            // Its clients know the port.
            var supervisor = new Supervisor(postmaster, cluster, options, async cancel => (await StartOnPortAsync(binaries, launcher, cluster, options with { Port = port }, cancel)).Server);
            return new EmbeddedPostgres(claim, supervisor, launcher, cluster, port);
        }
        catch
        {
            await claim.DisposeAsync();
            throw;
        }
    }

    /// <summary>An Npgsql connection string; the superuser's unless a role is given.</summary>
    public string ConnectionString(string database = "postgres", string? user = null, string? password = null) => new NpgsqlConnectionStringBuilder
    {
        Host = Host,
        Port = Port,
        Database = database,
        Username = user ?? Superuser,
        Password = user is null ? SuperuserPassword : password,
    }.ConnectionString;

    /// <summary>A <c>postgres://user:password@host:port/database</c> URI, escaped; the superuser's unless a role is given.</summary>
    public string Uri(string database = "postgres", string? user = null, string? password = null, string? host = null)
    {
        var login = user is null ? (Superuser, SuperuserPassword) : (user, password ?? "");
        return $"postgres://{System.Uri.EscapeDataString(login.Item1)}:{System.Uri.EscapeDataString(login.Item2)}@{host ?? Host}:{Port}/{System.Uri.EscapeDataString(database)}";
    }

    /// <summary>Creates a database, copied from <paramref name="template"/> (which nobody may be connected to) where one is given.</summary>
    /// <returns>The superuser's connection string for it.</returns>
    /// <exception cref="Npgsql.PostgresException">42P04 when the database exists.</exception>
    public async Task<string> CreateDatabaseAsync(string name, string? template = null, string? owner = null, CancellationToken cancel = default)
    {
        var sql = $"CREATE DATABASE {Quoted.Name(name)}"
            + (template is null ? "" : $" TEMPLATE {Quoted.Name(template)}")
            + (owner is null ? "" : $" OWNER {Quoted.Name(owner)}");
        await ExecuteAsync(sql, cancel);
        return ConnectionString(name);
    }

    /// <summary>Creates the database where it is missing. See <see cref="CreateDatabaseAsync"/>.</summary>
    public async Task<string> EnsureDatabaseAsync(string name, string? owner = null, CancellationToken cancel = default)
    {
        try
        {
            return await CreateDatabaseAsync(name, owner: owner, cancel: cancel);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DuplicateDatabase)
        {
            return ConnectionString(name);
        }
    }

    /// <summary>Creates a role that can log in, or gives an existing one this password.</summary>
    public async Task EnsureRoleAsync(string name, string password, CancellationToken cancel = default)
    {
        try
        {
            await ExecuteAsync($"CREATE ROLE {Quoted.Name(name)} LOGIN PASSWORD {Quoted.Literal(password)}", cancel);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.DuplicateObject)
        {
            await ExecuteAsync($"ALTER ROLE {Quoted.Name(name)} LOGIN PASSWORD {Quoted.Literal(password)}", cancel);
        }
    }

    /// <summary>A folder inside <see cref="DataDirectory"/> that both this process and the server may write to.</summary>
    internal async Task<string> MakeFolderAsync(string name, CancellationToken cancel)
    {
        var folder = Directory.CreateDirectory(Path.Combine(DataDirectory, name)).FullName;
        await _launcher.HandOverAsync(Path.Combine(DataDirectory, name.Split(Path.DirectorySeparatorChar)[0]), cancel);
        return folder;
    }

    /// <summary>Stops the server (open transactions roll back) and lets go of the folder, which stays.</summary>
    public async ValueTask DisposeAsync()
    {
        await _supervisor.DisposeAsync();
        await _claim.DisposeAsync();
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancel)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString()) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<(PostgresBinaries, Launcher)> ChooseAsync(Cluster cluster, CancellationToken cancel)
    {
        var majors = new List<int>();
        foreach (var binaries in PostgresBinaries.FindAll())
        {
            var environment = SharedLibraryLinks.Ensure(binaries, cluster.Libraries);
            var launcher = await Launcher.FindAsync(binaries, environment, cancel);
            if (cluster.Major is null || cluster.Major == launcher.Major)
                return (binaries, launcher);
            majors.Add(launcher.Major);
        }
        throw new EmbeddedPostgresException(
            $"The data in {cluster.Data} was written by PostgreSQL {cluster.Major}, but this machine has {string.Join(", ", majors)}. Install PostgreSQL {cluster.Major}, "
            + $"or move the data over with pg_dump, or choose another data directory. Nothing was changed.");
    }

    private static async Task<(Postmaster Server, int Port)> StartOnPortAsync(
        PostgresBinaries binaries, Launcher launcher, Cluster cluster, PostgresOptions options, CancellationToken cancel)
    {
        // Between choosing a free port and using it, another process may take it: that is worth another try only when any port will do.
        for (var attempt = 1; attempt <= (options.Port == 0 ? PortAttempts : 1); attempt++)
        {
            var port = options.Port == 0 ? Postmaster.FreePort() : options.Port;
            if (await Postmaster.StartAsync(binaries, launcher, cluster, options, port, cancel) is { } postmaster)
                return (postmaster, port);
        }
        throw new EmbeddedPostgresException(options.Port == 0
            ? $"PostgreSQL found no free port on 127.0.0.1 in {PortAttempts} attempts. Its log ends:\n{cluster.LogTail()}"
            : $"PostgreSQL cannot listen on 127.0.0.1:{options.Port}: the port is in use. Stop the program that holds it, or choose another port (0 takes a free one).");
    }
}
