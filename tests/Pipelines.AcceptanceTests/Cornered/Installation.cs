using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Npgsql;
using Pipelines.LocalCloud.Postgres;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Cornered;

/// <summary>An installation as a team has it: a metadata database, a DAG folder, shared keys, and one process per role. The connection <c>db</c> leads to the metadata server.</summary>
internal sealed class Installation : IAsyncDisposable
{
    /// <summary>The first admin's.</summary>
    public const string AdminPassword = "correct horse battery staple";

    private const string Key = "wd3Yk0qXH5vX0Y1gI1kqv1aQw0M6m3Zr2l1k4x8XQ0M=";

    private readonly TemporaryDirectory _folder = new();
    // Tests start and stop several at once.
    private readonly ConcurrentDictionary<CommandLine, bool> _hosts = new();
    private PostgresOptions _options = null!;

    private Installation()
    {
    }

    /// <summary>The server of the metadata database.</summary>
    public EmbeddedPostgres Server { get; private set; } = null!;

    /// <summary>The metadata database.</summary>
    public string Database { get; private set; } = "";

    /// <summary>A path inside its private folder.</summary>
    public string this[params string[] parts] => Path.Combine([_folder.Path, .. parts]);

    public string Workflows => this["workflows"];

    public static async Task<Installation> CreateAsync(string? dataDirectory = null, int maxConnections = 200)
    {
        var installation = new Installation();
        Directory.CreateDirectory(installation.Workflows);
        installation._options = new PostgresOptions { DataDirectory = dataDirectory ?? installation["postgres"], Port = FreePort.Find(), Fsync = false, MaxConnections = maxConnections };
        await installation.StartServerAsync();
        installation.Database = await installation.Server.EnsureDatabaseAsync("pipelines");
        return installation;
    }

    /// <summary>Goes on with another, empty metadata database.</summary>
    public async Task UseAsync(string database) => Database = await Server.EnsureDatabaseAsync(database);

    /// <summary>Starts the metadata server, always on the same port.</summary>
    public async Task StartServerAsync() => Server = await EmbeddedPostgres.StartAsync(_options);

    /// <summary>Starts it again, whether it still runs or not.</summary>
    public async Task StartServerAgainAsync()
    {
        await Server.DisposeAsync();
        await StartServerAsync();
    }

    /// <summary>Starts a host of one role; it may not run yet.</summary>
    public CommandLine Launch(string role, params (string Name, string? Value)[] settings) => Launch([role], settings);

    /// <summary>Starts a verb that takes its time.</summary>
    public CommandLine Launch(string[] arguments, params (string Name, string? Value)[] settings)
    {
        var environment = Environment;
        foreach (var (name, value) in settings) environment[name] = value;
        var run = CommandLine.Start(arguments, environment);
        _hosts[run] = true;
        return run;
    }

    /// <summary>Starts a verb that takes its time; wait for its end.</summary>
    public CommandLine Begin(params string[] arguments) => CommandLine.Start(arguments, Environment);

    /// <summary>Starts a host of one role and waits until it runs.</summary>
    public async Task<CommandLine> StartAsync(string role, params (string Name, string? Value)[] settings)
    {
        var host = Launch(role, settings);
        await host.LineAsync(line => line.Contains($"{role} is running", StringComparison.Ordinal));
        return host;
    }

    /// <summary>Asks a host to stop, as a service manager does, and waits for its end.</summary>
    public async Task<CommandLine.Finished> StopAsync(CommandLine host)
    {
        await SignalAsync(host, "TERM");
        return await ForgetAsync(host, await host.EndAsync());
    }

    /// <summary>Sends a signal.</summary>
    public static async Task SignalAsync(CommandLine host, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", host.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Runs a verb.</summary>
    public Task<CommandLine.Finished> TryAsync(params string[] arguments) => TryAsync([], arguments);

    /// <summary>As <see cref="TryAsync(string[])"/>, with other settings.</summary>
    public Task<CommandLine.Finished> TryAsync((string Name, string? Value)[] settings, params string[] arguments)
    {
        var environment = Environment;
        foreach (var (name, value) in settings) environment[name] = value;
        return CommandLine.RunAsync(arguments, environment);
    }

    /// <summary>Runs a verb that must succeed.</summary>
    public Task<string> RunAsync(params string[] arguments) => RunWithInputAsync(null, arguments);

    /// <summary>As <see cref="RunAsync"/>, with something on standard input.</summary>
    public async Task<string> RunWithInputAsync(string? input, params string[] arguments)
    {
        var run = await CommandLine.RunAsync(arguments, Environment, input);
        Assert.That(run.ExitCode, Is.Zero, $"{string.Join(' ', arguments)}: {run.Output}{run.Error}");
        return run.Output;
    }

    /// <summary>Adds a DAG, once a scheduler runs, and starts a run of it.</summary>
    public async Task TriggerAsync(string dagId, DagFile file, string runId = "by_hand")
    {
        file.Write(Workflows);
        await UntilAsync($"SELECT EXISTS (SELECT FROM pipelines.dag WHERE dag_id = '{dagId}')");
        await RunAsync("dags", "unpause", dagId);
        await RunAsync("dags", "trigger", dagId, "--run-id", runId);
    }

    /// <summary>The first value of a statement on the metadata database.</summary>
    public async Task<T> ReadAsync<T>(string sql) => (T)(await FindAsync(sql))!;

    private async Task<object?> FindAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Waits until the statement answers true.</summary>
    public async Task UntilAsync(string sql, int seconds = 60)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        using var looks = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        try
        {
            while (await FindAsync(sql) is not true) await looks.WaitForNextTickAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"Still not so after {seconds} s: {sql}\n{await RunsAsync()}\n{string.Join('\n', _hosts.Keys.Select(host => host.Error))}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts.Keys) await host.DisposeAsync();
        await Server.DisposeAsync();
        _folder.Dispose();
    }

    private Task<string> RunsAsync() => ReadAsync<string>(
        "SELECT coalesce(string_agg(concat_ws(' ', r.dag_id, r.state, r.reason, ti.task_id, ti.state, ti.try_number, ti.reason, ti.error), E'\\n'), '') FROM pipelines.dag_run r LEFT JOIN pipelines.task_instance ti ON ti.dag_run_id = r.id");

    private async Task<CommandLine.Finished> ForgetAsync(CommandLine host, CommandLine.Finished finished)
    {
        _hosts.TryRemove(host, out _);
        await host.DisposeAsync();
        return finished;
    }

    private Dictionary<string, string?> Environment => new()
    {
        ["PIPELINES_DATABASE"] = Database,
        ["PIPELINES_FERNET_KEY"] = Key,
        ["PIPELINES_KEYS_DIRECTORY"] = this["keys"],
        ["PIPELINES_JWT_SECRET"] = new string('j', 48),
        ["PIPELINES_WORKFLOWS"] = Workflows,
        ["PIPELINES_URL"] = "http://127.0.0.1:0",
        ["PIPELINES_ADMIN_PASSWORD"] = AdminPassword,
    };
}
