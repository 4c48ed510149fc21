using System.Globalization;
using System.Security.Cryptography;
using Pipelines.LocalCloud;
using Pipelines.TestKit;
using Pipelines.TestKit.Faults;

namespace Pipelines.AcceptanceTests.Crashes;

/// <summary>
/// A whole installation as a team runs it: a metadata PostgreSQL, schedulers, workers and web as processes of their own, and an AWS
/// beside them. Every line between them goes through a proxy of ours.
/// </summary>
internal sealed class Installation : IAsyncDisposable
{
    private static readonly TimeSpan TrapPatience = TimeSpan.FromSeconds(45);

    private readonly TemporaryDirectory _folder = new();
    private readonly string _fernetKey = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).Replace('+', '-').Replace('/', '_');
    private readonly string _jwtSecret = RandomNumberGenerator.GetHexString(64);
    private readonly List<Role> _roles = [];

    private Installation()
    {
    }

    public MetadataServer Database { get; private set; } = null!;

    public LocalCloudHost Cloud { get; private set; } = null!;

    /// <summary>Before the metadata database.</summary>
    public PostgresProxy Metadata { get; private set; } = null!;

    /// <summary>Before the source database.</summary>
    public PostgresProxy Source { get; private set; } = null!;

    /// <summary>Before the Redshift endpoint.</summary>
    public PostgresProxy Redshift { get; private set; } = null!;

    /// <summary>Before the S3 endpoint.</summary>
    public S3Gate S3 { get; private set; } = null!;

    public IReadOnlyList<Role> Roles => _roles;

    public string Workflows => Path.Combine(_folder.Path, "workflows");

    /// <summary>Starts it.</summary>
    /// <param name="shape">How many processes of each role.</param>
    /// <param name="settings">Further environment variables, e.g. <c>PIPELINES_LEASE</c>.</param>
    public static async Task<Installation> StartAsync(Shape shape, params (string Name, string Value)[] settings)
    {
        Need.Path("/proc/net/tcp");
        var installation = new Installation();
        try
        {
            await installation.StartPartsAsync(shape, settings);
            return installation;
        }
        catch
        {
            await installation.DisposeAsync();
            throw;
        }
    }

    /// <summary>Processes of a role.</summary>
    public IEnumerable<Role> All(string verb) => _roles.Where(role => role.Verb == verb);

    /// <summary>Waits until a process of this role stands still at a step.</summary>
    public async Task<Caught> CatchAsync(Step step, string verb) =>
        await TryCatchAsync(step, verb, TrapPatience) ?? throw new TimeoutException($"No {verb} came to '{step}' within {TrapPatience}.");

    /// <summary>As <see cref="CatchAsync"/>; null when none came there in time.</summary>
    public async Task<Caught?> TryCatchAsync(Step step, string verb, TimeSpan patience)
    {
        using var limit = new CancellationTokenSource(patience);
        while (!limit.IsCancellationRequested)
        {
            var hold = step.Set(this);
            try
            {
                var client = await hold.CaughtAsync().WaitAsync(limit.Token);
                var owner = SocketOwner.Of(client, All(verb).Where(role => role.IsAlive).Select(role => role.ProcessId));
                if (All(verb).FirstOrDefault(role => role.ProcessId == owner) is { } role) return new Caught(role, hold);
            }
            catch (OperationCanceledException)
            {
            }
            // Of another role, or too late.
            hold.Dispose();
        }
        return null;
    }

    /// <summary>What ended by itself: nothing may, whatever its database does.</summary>
    public IReadOnlyList<string> Exits => [.. _roles.SelectMany(role => role.Exits)];

    /// <summary>Runs a verb of the command line; it must succeed.</summary>
    public async Task<string> RunAsync(params string[] arguments)
    {
        var run = await CommandLine.RunAsync(arguments, new Dictionary<string, string?> { ["PIPELINES_DATABASE"] = Database.ConnectionString, ["PIPELINES_FERNET_KEY"] = _fernetKey });
        Assert.That(run.ExitCode, Is.Zero, $"{string.Join(' ', arguments)}: {run.Output}{run.Error}");
        return run.Output;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_roles.Select(role => role.DisposeAsync().AsTask()));
        _roles.Clear();
        foreach (var part in new IAsyncDisposable?[] { Metadata, Source, Redshift, S3, Cloud, Database })
            if (part is not null) await part.DisposeAsync();
        Npgsql.NpgsqlConnection.ClearAllPools();
        _folder.Dispose();
    }

    private async Task StartPartsAsync(Shape shape, (string Name, string Value)[] settings)
    {
        Directory.CreateDirectory(Workflows);
        var cloud = LocalCloudHost.StartAsync(new LocalCloudOptions { DataDirectory = _folder["cloud"], Bucket = Workload.Bucket, Fsync = false });
        Database = await MetadataServer.StartAsync(_folder["metadata"]);
        Cloud = await cloud;
        Metadata = new PostgresProxy(Database.Port);
        Source = new PostgresProxy(Cloud.Postgres.Port);
        Redshift = new PostgresProxy(new Npgsql.NpgsqlConnectionStringBuilder(Cloud.RedshiftConnectionString).Port);
        S3 = new S3Gate(Cloud.S3.Uri.Port);
        await RunAsync("db", "migrate");
        foreach (var (connId, uri) in Cloud.ConnectionUris) await RunAsync("connections", "add", connId, "--conn-uri", ThroughProxy(uri));
        var environment = Environment(settings);
        foreach (var (verb, count) in new[] { ("scheduler", shape.Schedulers), ("worker", shape.Workers), ("web", shape.Webs) })
            for (var number = 1; number <= count; number++) _roles.Add(new Role(verb, number, environment));
        // A run that is given up leaves nothing behind.
        AppDomain.CurrentDomain.ProcessExit += (_, _) => _roles.ForEach(role => role.KillAsync(forGood: true).Wait(TimeSpan.FromSeconds(5)));
        await Task.WhenAll(_roles.Select(role => role.StartAsync())).WaitAsync(TimeSpan.FromMinutes(2));
    }

    private string ThroughProxy(string uri) => uri
        .Replace(PortText(Cloud.Postgres.Port), PortText(Source.Port), StringComparison.Ordinal)
        .Replace(PortText(new Npgsql.NpgsqlConnectionStringBuilder(Cloud.RedshiftConnectionString).Port), PortText(Redshift.Port), StringComparison.Ordinal)
        .Replace(Uri.EscapeDataString(PortText(Cloud.S3.Uri.Port)), Uri.EscapeDataString(PortText(S3.Port)), StringComparison.Ordinal);

    private static string PortText(int port) => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}");

    private Dictionary<string, string> Environment((string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["PIPELINES_DATABASE"] = Database.Through(Metadata),
            ["PIPELINES_FERNET_KEY"] = _fernetKey,
            ["PIPELINES_KEYS_DIRECTORY"] = _folder["keys"],
            ["PIPELINES_JWT_SECRET"] = _jwtSecret,
            ["PIPELINES_WORKFLOWS"] = Workflows,
            ["PIPELINES_URL"] = "http://127.0.0.1:0",
            ["PIPELINES_ADMIN_PASSWORD"] = Faces.Site.Password,
            ["PIPELINES_WORKERS"] = "4",
            ["PIPELINES_FOLDER_INTERVAL"] = "1",
            // Processes live for seconds here: what the compiler would gain later it would only cost now.
            ["DOTNET_TieredPGO"] = "0",
        };
        foreach (var (name, value) in settings) all[name] = value;
        return all;
    }
}

/// <summary>How many processes of each role.</summary>
internal sealed record Shape(int Schedulers, int Workers, int Webs);

/// <summary>A process that stands still at a step.</summary>
internal sealed record Caught(Role Role, IHold Hold);
