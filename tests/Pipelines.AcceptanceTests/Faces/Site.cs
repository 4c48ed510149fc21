using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Npgsql;
using Pipelines.LocalCloud.Postgres;
using Pipelines.TestKit;

namespace Pipelines.AcceptanceTests.Faces;

/// <summary>The product as its users meet it: one standalone, a source database, and a Chromium, shared by all tests of the faces.</summary>
[SetUpFixture]
public sealed partial class Site
{
    /// <summary>The admin's password, and everybody else's.</summary>
    public const string Password = "correct horse battery staple";

    private static readonly TemporaryDirectory Folder = new();
    private static CommandLine? _standalone;
    private static EmbeddedPostgres? _source;
    private static IPlaywright? _playwright;

    /// <summary>Where the pages are, without a slash at the end.</summary>
    public static string Url { get; private set; } = "";

    /// <summary>The folder of DAG files.</summary>
    public static string Workflows { get; } = Directory.CreateDirectory(Path.Combine(Folder.Path, "workflows")).FullName;

    /// <summary>Where the suite keeps a picture of every page.</summary>
    public static string Screenshots { get; } = Directory.CreateDirectory(
        Environment.GetEnvironmentVariable("PIPELINES_SCREENSHOTS") ?? Path.Combine(Folder.Path, "screenshots")).FullName;

    /// <summary>The one browser; each visitor has a profile of its own.</summary>
    internal static IBrowser Chromium { get; private set; } = null!;

    /// <summary>The source database, which the connection <c>shop</c> leads to.</summary>
    internal static EmbeddedPostgres Source => _source!;

    /// <summary>Runs a verb against the standalone; it must succeed.</summary>
    internal static async Task<string> RunAsync(params string[] arguments)
    {
        var run = await CommandLine.RunAsync([.. arguments, "--data-dir", Path.Combine(Folder.Path, "data")]);
        Assert.That(run.ExitCode, Is.Zero, $"{string.Join(' ', arguments)}: {run.Output}{run.Error}");
        return run.Output;
    }

    /// <summary>Waits until the DAG's file has been read.</summary>
    internal static async Task DagAsync(string dagId)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while ((await CommandLine.RunAsync(["dags", "show", dagId, "--data-dir", Path.Combine(Folder.Path, "data")])).ExitCode != 0) patience.Token.ThrowIfCancellationRequested();
    }

    /// <summary>Adds a user with everybody's password.</summary>
    internal static Task UserAsync(string username, string role) => RunAsync("users", "create", username, "--role", role, "--password", Password);

    /// <summary>The metadata database, for what no person can make in a test's time: a log of a hundred megabytes, a worker's silence.</summary>
    internal static async Task<NpgsqlConnection> OpenMetadataAsync()
    {
        using var standalone = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(Folder.Path, "data", "standalone.json")));
        var connection = new NpgsqlConnection(standalone.RootElement.GetProperty("Database").GetString());
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>The first value of a statement on the metadata database.</summary>
    internal static async Task<object?> MetadataAsync(string sql)
    {
        await using var connection = await OpenMetadataAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 120 };
        return await command.ExecuteScalarAsync();
    }

    /// <summary>Bytes of the host's memory that are in use.</summary>
    internal static long HostMemory() => long.Parse(
        Memory().Match(File.ReadAllText($"/proc/{_standalone!.ProcessId}/status")).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) * 1024;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        var chromium = Need.Tool("chromium");
        _source = await EmbeddedPostgres.StartAsync(new() { DataDirectory = Path.Combine(Folder.Path, "source"), Fsync = false });
        _standalone = CommandLine.Start(
            ["standalone", "--port", "0", "--data-dir", Path.Combine(Folder.Path, "data"), "--workflows", Workflows],
            new Dictionary<string, string?> { ["PIPELINES_ADMIN_PASSWORD"] = Password });
        Url = Address().Match(await _standalone.LineAsync(text => text.Contains("is running on", StringComparison.Ordinal))).Value;
        await RunAsync("connections", "add", "shop", "--conn-uri", _source.Uri());
        _playwright = await Playwright.CreateAsync();
        Assertions.SetDefaultExpectTimeout(30_000);
        Chromium = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium,
            Headless = true,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        if (Chromium is not null) await Chromium.DisposeAsync();
        _playwright?.Dispose();
        if (_standalone is not null)
        {
            await _standalone.DisposeAsync();
            TestContext.Progress.WriteLine(_standalone.Error);
        }
        if (_source is not null) await _source.DisposeAsync();
        Folder.Dispose();
    }

    [GeneratedRegex("VmRSS:\\s+([0-9]+)")]
    private static partial Regex Memory();

    [GeneratedRegex("http://127.0.0.1:[0-9]+")]
    private static partial Regex Address();
}
